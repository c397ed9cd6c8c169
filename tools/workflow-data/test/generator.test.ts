import { describe, expect, it } from '@jest/globals'
import { createCalendar, dayMs } from '../src/calendar.ts'
import { createCopyText, json, time } from '../src/copy-text.ts'
import { readEmissionFactors } from '../src/emission-factors.ts'
import { rowRandom } from '../src/random.ts'
import { rowId } from '../src/row-id.ts'
import { agentFacts } from '../src/tables/agents.ts'
import { tableSources } from '../src/tables/index.ts'
import type { TableSource } from '../src/tables/table-source.ts'
import { readNouns } from '../src/wordnet.ts'
import { createWorld } from '../src/world.ts'
import { createZipf } from '../src/zipf.ts'

const now = Date.UTC(2026, 5, 1, 12)

describe('ids', () => {
  it('are uuids of version 8, unique within a table, and named without their neighbours', () => {
    const ids = new Set(Array.from({ length: 200_000 }, (_, row) => rowId(7, row)))
    expect(ids.size).toBe(200_000)
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    expect([...ids].filter(id => !form.test(id))).toEqual([])
    expect(rowId(7, 150_000)).toBe([...ids][150_000])
    expect(rowId(8, 150_000)).not.toBe(rowId(7, 150_000))
  })
})

describe('random numbers', () => {
  it('repeat for a row, differ between rows, and are spread evenly', () => {
    const first = Array.from({ length: 20_000 }, (_, row) => rowRandom(1, row).next())
    expect(rowRandom(1, 19_999).next()).toBe(first[19_999])
    expect(new Set(first).size).toBeGreaterThan(19_900)
    const below = first.filter(value => value < 0.25).length
    expect(below / first.length).toBeCloseTo(0.25, 1)
  })

  it('favour low ranks by Zipf’s law', () => {
    const zipf = createZipf(1_000, 1)
    const drawn = Array.from({ length: 50_000 }, (_, row) => zipf.at(rowRandom(3, row).next()))
    const top = drawn.filter(rank => rank < 10).length / drawn.length
    expect(top).toBeCloseTo(2.93 / 7.49, 1)
    expect(Math.max(...drawn)).toBeLessThan(1_000)
  })
})

describe('the calendar', () => {
  const calendar = createCalendar(now)
  const moments = Array.from({ length: 50_000 }, (_, n) => calendar.at(n / 50_000))

  it('ascends over 90 days and ends now', () => {
    expect(moments.filter((ms, n) => ms < (moments[n - 1] ?? 0))).toEqual([])
    expect(moments[0]).toBe(now - 90 * dayMs)
    expect(calendar.at(1)).toBe(now)
    expect(calendar.at(0.999_999_9)).toBeLessThanOrEqual(now)
  })

  it('is busy on weekdays and by day', () => {
    const share = (test: (date: Date) => boolean) =>
      moments.filter(ms => test(new Date(ms))).length / moments.length
    expect(share(date => date.getUTCDay() === 0)).toBeLessThan(0.08)
    expect(share(date => date.getUTCHours() >= 8 && date.getUTCHours() < 18)).toBeGreaterThan(0.6)
  })
})

describe('COPY text', () => {
  it('escapes what the format gives a meaning to, and nothing else', () => {
    const text = createCopyText()
    text.row([
      '',
      null,
      true,
      false,
      -1.5,
      'a\tb\nc\rd\\e',
      json({ quote: '"', path: 'C:\\x' }),
      '\\N',
      'ünï ☃',
    ])
    const line =
      '\t\\N\tt\tf\t-1.5\ta\\tb\\nc\\rd\\\\e\t{"quote":"\\\\"","path":"C:\\\\\\\\x"}\t\\\\N\tünï ☃\n'
    expect(text.take().toString()).toBe(line)
    expect([text.rows, text.waiting]).toEqual([1, 0])
  })

  it('writes moments as ISO 8601 does', () => {
    for (const ms of [0, 1, 999, 59_999, 86_399_999, 86_400_000, now, now + 1, now - 1, 4_102_444_799_999])
      expect(time(ms)).toBe(new Date(ms).toISOString())
    expect(time(null)).toBeNull()
  })
})

describe('the sources', () => {
  it('give plain nouns of WordNet with their glosses', () => {
    const nouns = readNouns()
    expect(nouns.length).toBeGreaterThan(2_000)
    expect(nouns.find(noun => noun.name === 'coal tar')).toBeUndefined()
    expect(nouns.find(noun => noun.name === 'lubricant')?.gloss).toMatch(/friction/)
    const form = /^[a-z]+( [a-z]+)?\|[^"\n]{20,220}$/
    expect(nouns.filter(({ name, gloss }) => !form.test(`${name}|${gloss}`))).toEqual([])
  })

  it('give real grid intensities, each with a content id of its own', () => {
    const factors = readEmissionFactors()
    expect(factors.length).toBeGreaterThan(1_500)
    expect(new Set(factors.map(factor => factor.cid)).size).toBe(factors.length)
    const germany = factors.filter(factor => factor.zone === 'DE')
    for (const { gramsPerKwh } of germany) expect(gramsPerKwh).toBeGreaterThan(200)
    expect(germany[0]?.title).toBe('Grid carbon intensity 2025: Germany')
    expect(Math.max(...factors.map(factor => factor.cid.length))).toBeLessThanOrEqual(128)
  })

  it('give each agent the gloss of its verb', () => {
    const world = createWorld({ scale: 'small', seed: 1, now })
    const descriptions = agentFacts.map(({ number }) => String(lineOf('agents', world, number)[5]))
    expect(descriptions[0]).toBe('To collect: get or bring together. For emissions data.')
    expect(descriptions.find(text => text.startsWith('To calculate'))).toMatch(/mathematical calculation/)
    for (const text of descriptions) expect(text).toMatch(/^To [a-z]+: \S.+\. For [a-z ]+ data\.$/)
  })
})

describe('a world', () => {
  const bytesOf = (seed: number) => {
    const world = createWorld({ scale: 'small', seed, now })
    const text = createCopyText()
    for (const source of tableSources)
      for (let unit = 0; unit < source.units(world); unit++) source.write(world, unit, text.row)
    return text.take()
  }

  it('gives the same bytes for the same seed, and others for another', () => {
    expect(bytesOf(42).equals(bytesOf(42))).toBe(true)
    expect(bytesOf(42).equals(bytesOf(43))).toBe(false)
  })

  it('gives any row without those before it', () => {
    const [world, other] = [0, 1].map(() => createWorld({ scale: 'small', seed: 42, now }))
    for (const { table, units } of tableSources) {
      const last = units(world as never) - 1
      for (let unit = 0; unit < last; unit++) lineOf(table, world as never, unit)
      expect(lineOf(table, world as never, last)).toEqual(lineOf(table, other as never, last))
    }
  })

  it('knows beforehand how many rows it has: over a million at demo scale', () => {
    const world = createWorld({ scale: 'demo', seed: 1, now })
    const total = tableSources.reduce((sum, source) => sum + source.rows(world), 0)
    expect(total).toBeGreaterThan(1_000_000)
    expect(total).toBeLessThan(1_300_000)
  })
})

/** The fields of the rows of one unit. */
function lineOf(table: string, world: Parameters<TableSource['write']>[0], unit: number): unknown[] {
  const fields: unknown[] = []
  tableSources.find(source => source.table === table)?.write(world, unit, row => fields.push(...row))
  return fields
}
