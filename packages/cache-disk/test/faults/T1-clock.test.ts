/** Row T1: the clock of the next life is an hour or a year off, and dates in the index that nobody meant. */
import { join } from 'node:path'
import { type Clock, createEntry } from '@greenlang/core'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { openSql } from './sql.ts'
import { tempDirectory, watchedTier } from './support.ts'

const start = Date.UTC(2030, 0, 1) + 0.125
const hour = 3_600_000
const year = 365 * 24 * hour
const lives = [1, hour - 1, hour, hour + 1, 2 * hour, year, year + hour, Number.POSITIVE_INFINITY]
const jumps = [-year, -hour, -1, 0, 1, hour - 1, hour, year, 10 * year]

const open = (directory: string, clock: Clock) =>
  watchedTier({ directory, maxBytes: '1mb', clock, durability: 'data' }).tier

async function fill(directory: string): Promise<void> {
  const clock = fakeClock(start)
  const tier = open(directory, clock)
  for (const ttl of lives) await tier.set(`life ${ttl}`, createEntry(`${ttl}`, { ttl }, { clock }))
  await tier.close()
}

describe('a clock that jumped between two lives', () => {
  it.each(jumps)(
    'by %d ms: an entry is served until its date by the new clock, and no longer',
    async jump => {
      const directory = await tempDirectory()
      await fill(directory)
      const clock = fakeClock(start + jump)
      const tier = open(directory, clock)
      for (const ttl of lives) {
        const found = await tier.get(`life ${ttl}`)
        expect([ttl, found?.value]).toEqual([ttl, jump < ttl ? `${ttl}` : undefined])
      }
      await tier.set('key', createEntry('value', { ttl: '1h' }, { clock }))
      expect((await tier.get('key'))?.value).toBe('value')
      await clock.advance('1h')
      expect(await tier.get('key')).toBeUndefined()
    },
  )

  it('and back again, with the sweep on the way', async () => {
    const directory = await tempDirectory()
    await fill(directory)
    const ahead = fakeClock(start + year)
    const tier = open(directory, ahead)
    await tier.get('anything')
    await ahead.advance('5m')
    await tier.close()
    const back = open(directory, fakeClock(start))
    for (const ttl of lives) {
      const found = await back.get(`life ${ttl}`)
      if (found) expect([ttl, found.value]).toEqual([ttl, `${ttl}`])
      if (ttl > year + hour / 2) expect(found).toBeDefined()
    }
  })
})

const absurd = ['1e308', '-1e308', '9e999', '-9e999', '0', '-1', "'text'", "x'00ff'", 'NULL']

describe('absurd dates in the index', () => {
  it.each(absurd.flatMap(value => ['expires_at', 'used_at'].map(column => [column, value])))(
    '%s = %s does no harm',
    async (column, value) => {
      const directory = await tempDirectory()
      await fill(directory)
      const sql = await openSql(join(directory, 'index.sqlite'))
      // A constraint may refuse it, which is as good.
      await sql.exec(`UPDATE entries SET ${column} = ${value}`).catch(() => undefined)
      await sql.close()
      const clock = fakeClock(start + hour)
      const tier = open(directory, clock)
      for (const ttl of lives) {
        const found = await tier.get(`life ${ttl}`)
        if (found) expect([found.value, ttl > hour]).toEqual([`${ttl}`, true])
      }
      await tier.set('key', createEntry('value', { ttl: '1h' }, { clock }))
      expect((await tier.get('key'))?.value).toBe('value')
      await clock.advance('1h')
      expect(await tier.get('key')).toBeUndefined()
    },
  )
})
