import { mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@greenlang/testkit'
import { expect, it } from '@jest/globals'
import { catalogueOf, invalidationOf } from '../src/catalogue.ts'
import { openDatabase } from '../src/database-client.ts'
import { startDatabase } from '../src/database-server.ts'
import { planStrikes } from '../src/nemesis.ts'
import { percentiles } from '../src/percentiles.ts'
import { openRecorder, readRecord, type SeenRead } from '../src/record.ts'
import { createStaleness } from '../src/staleness.ts'

const read: SeenRead = {
  key: 7,
  startedAt: 1.5,
  endedAt: 2.5,
  version: 3,
  madeAt: undefined,
  source: 'shared',
  excused: true,
  final: false,
}

it('reads back what a worker recorded, but for a row that was torn', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'greenlang-record-'))
  const path = join(directory, 'worker')
  try {
    const recorder = openRecorder(path)
    recorder.read(read)
    recorder.write({ commit: 4, calledAt: 1, acknowledgedAt: undefined, returnedAt: 2 })
    recorder.failed(5, 1, 2)
    recorder.lag(1, 12)
    recorder.read({ ...read, final: true, version: undefined })
    recorder.close()
    const whole = [...readRecord(path)]
    expect(whole).toEqual([
      { kind: 'read', read },
      { kind: 'write', write: { commit: 4, calledAt: 1, acknowledgedAt: undefined, returnedAt: 2 } },
      { kind: 'failed', key: 5, startedAt: 1, endedAt: 2 },
      { kind: 'lag', at: 1, lagMs: 12 },
      { kind: 'read', read: { ...read, final: true, version: undefined } },
    ])
    await truncate(path, 5 * 8 * 5 - 3)
    expect([...readRecord(path)]).toEqual(whole.slice(0, 4))
    expect([...readRecord(join(directory, 'none'))]).toEqual([])
  } finally {
    await rm(directory, { recursive: true })
  }
})

it('gives each key one order of versions, whoever commits', async () => {
  const server = await startDatabase()
  const [one, other] = [await openDatabase(server.port, 1), await openDatabase(server.port, 2)]
  try {
    expect(await one.read('a')).toEqual({ version: 0, absent: false })
    await Promise.all([one.commit(['a', 'b'], false), other.commit(['a'], true)])
    const versions = server.commits.filter(({ key }) => key === 'a').map(({ version }) => version)
    expect(versions).toEqual([1, 2])
    expect(await other.read('b')).toEqual({ version: 1, absent: false })
    expect(new Set(server.commits.map(({ process }) => process))).toEqual(new Set([1, 2]))
  } finally {
    one.close()
    other.close()
    await server.close()
  }
})

it('strikes with every fault, one after the other, the same for the same seed', () => {
  const plan = (seed: number) =>
    planStrikes({
      faults: ['deaf', 'kill', 'crash'],
      workers: 4,
      random: seededRandom(seed),
      from: 3_000,
      to: 60_000,
      lasting: undefined,
      quietMs: 1_000,
    })
  const strikes = plan(5)
  expect(plan(5)).toEqual(strikes)
  expect(plan(6)).not.toEqual(strikes)
  expect(new Set(strikes.slice(0, 3).map(({ fault }) => fault))).toEqual(new Set(['deaf', 'kill', 'crash']))
  strikes.slice(1).forEach(({ at }, index) => {
    expect(at).toBeGreaterThan((strikes[index]?.at ?? 0) + (strikes[index]?.forMs ?? 0))
  })
  expect(Math.max(...strikes.map(({ at, forMs }) => at + forMs))).toBeLessThanOrEqual(60_000)
})

it('knows since when a version is old', () => {
  const staleness = createStaleness()
  staleness.acknowledged('a', 3, 100)
  staleness.acknowledged('a', 1, 200)
  expect([0, 1, 2, 3, 4].map(version => staleness.ageOf('a', version, 150))).toEqual([50, 50, 50, 0, 0])
  expect(staleness.ageOf('b', 0, 150)).toBe(0)
})

it('counts zeros that it was not given', () => {
  expect(percentiles([5, 1, 3])).toEqual({ p50: 3, p90: 5, p99: 5, p999: 5, max: 5 })
  expect(percentiles([7], 100.5)).toEqual({ p50: 0, p90: 0, p99: 0, p999: 7, max: 7 })
  expect(percentiles([]).max).toBe(0)
})

it('writes the keys of a group together', () => {
  const keys = catalogueOf({ keys: 40, kinds: { key: 1, tag: 2, pattern: 4 } })
  const pattern = keys.find(({ kind }) => kind === 'pattern')
  if (pattern === undefined) throw new Error('no pattern')
  expect(pattern.group).toHaveLength(4)
  const invalidation = invalidationOf(pattern, 1)
  expect(invalidation).toEqual({ mode: 'invalidate', pattern: `${pattern.group[0]?.split(':')[0]}:*` })
})
