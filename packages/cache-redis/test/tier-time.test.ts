/** Dates go over the wire by the clock of the server: never later than they are, whatever the clocks say. */
import { redisTier } from '@greenlang/cache-redis'
import { createEntry, type Entry, systemClock } from '@greenlang/core'
import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { ServerTime } from '../src/tier/server-time.ts'
import { removeOwnKeys, until } from './support.ts'
import { openRedisTier } from './tier-makers.ts'

afterAll(removeOwnKeys)

/** The reply of a server whose clock is ahead by so many ms. */
const timeAhead = (ms: number) => {
  const now = systemClock.now() + ms
  return [String(Math.floor(now / 1_000)), String(Math.floor((now % 1_000) * 1_000))]
}

const opened: ServerTime[] = []
afterEach(() => {
  for (const time of opened.splice(0)) time.close(new Error('the test is over'))
})

function openTime(ask: () => Promise<unknown>): ServerTime {
  const time = new ServerTime('test', ask)
  opened.push(time)
  return time
}

describe('the time of the server', () => {
  it.each([0, 3_600_000, -3_600_000])(
    '%i ms ahead is what dates are written by, and read by',
    async ahead => {
      const time = openTime(async () => timeAhead(ahead))
      await time.known()
      expect(time.known()).toBe(undefined)
      const entry = createEntry(1)
      const onWire = time.toServer(entry)
      for (const name of ['createdAt', 'staleAt', 'expiresAt'] as const) {
        expect(onWire[name]).toBeLessThanOrEqual(entry[name] + ahead)
        expect(onWire[name]).toBeGreaterThan(entry[name] + ahead - 1_000)
      }
      const back: Entry = { ...onWire }
      time.fromServer(back)
      expect(back.expiresAt).toBeLessThanOrEqual(entry.expiresAt)
      expect(back.expiresAt).toBeGreaterThan(entry.expiresAt - 2_000)
    },
  )

  it('is asked once for all who wait, and again after a reset', async () => {
    let asked = 0
    const time = openTime(async () => {
      asked += 1
      return timeAhead(0)
    })
    const waits = [time.known(), time.known()]
    expect(waits[0]).toBe(waits[1])
    await Promise.all(waits)
    await until(async () => asked >= 3, 'the first samples were taken')
    const before = asked
    expect(time.known()).toBe(undefined)
    time.reset()
    await time.known()
    expect(asked).toBeGreaterThan(before)
  })

  it('of the time before a reset counts for nothing after it', async () => {
    const answers: ((reply: unknown) => void)[] = []
    const time = openTime(() => new Promise(resolve => answers.push(resolve)))
    const wait = time.known()
    time.reset()
    answers[0]?.(timeAhead(9_000_000))
    await until(async () => answers.length > 1, 'it asked again')
    for (let at = 1; at < 4; at += 1) {
      await until(async () => answers.length > at || time.known() === undefined, 'it asked again')
      answers[at]?.(timeAhead(0))
    }
    await wait
    expect(time.toServer(createEntry(1)).createdAt).toBeLessThan(systemClock.now() + 1_000)
  })

  it('that no server tells is an error to who needs it, and nobody else', async () => {
    const time = openTime(async () => 'no time')
    await expect(time.known()).rejects.toMatchObject({ code: 'REDIS_REPLY', command: 'TIME' })
    const client = {
      sendCommand: async (command: readonly unknown[]) => (command[0] === 'GET' ? null : 'no time'),
    }
    const tier = redisTier({ client })
    expect(await tier.get('key')).toBe(undefined)
    await expect(tier.set('key', createEntry(1))).rejects.toMatchObject({ code: 'REDIS_REPLY' })
    await tier.close()
  })
})

describe('an entry that one process wrote', () => {
  it('ends for another no later', async () => {
    const prefix = `test-${process.pid}-time:`
    const [writer, reader] = [openRedisTier({ prefix }), openRedisTier({ prefix })]
    for (let round = 0; round < 20; round += 1) {
      const entry = createEntry(round, { ttl: '1m', grace: '1m' })
      await writer.set('key', entry)
      const found = (await reader.get('key')) as Entry
      for (const name of ['createdAt', 'staleAt', 'expiresAt'] as const) {
        expect(found[name]).toBeLessThanOrEqual(entry[name] + 0.01)
        expect(found[name]).toBeGreaterThan(entry[name] - 1_000)
      }
    }
    await writer.close()
    await reader.close()
  })
})
