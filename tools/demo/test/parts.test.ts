import { PassThrough } from 'node:stream'
import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createAccessPattern, kinds } from '../src/access-pattern.ts'
import { formatBreakage, formatRatios } from '../src/breakage-table.ts'
import { createCleanup } from '../src/cleanup.ts'
import { checkOwned, readOptions } from '../src/options.ts'
import { createRoute } from '../src/processes.ts'
import { createStatus } from '../src/status.ts'
import { formatTable } from '../src/table.ts'
import { createTally, hitRatio, recordRequest } from '../src/tally.ts'
import { createVersionLedger, heardWithinMs, versionedRows } from '../src/version-ledger.ts'

const keys = {
  workflowIds: Array.from({ length: 1_000 }, (_, index) => `w${index}`),
  userIds: ['u0', 'u1'],
  executionIds: ['e0', 'e1'],
  searchWords: ['carbon', 'steel'],
}

describe('options', () => {
  it('have defaults', () => {
    expect(readOptions([])).toEqual({ once: false, port: 0, scale: 'demo', seconds: 6, seed: 1 })
  })

  it.each([
    ['--scale=huge'],
    ['--seconds=0'],
    ['--port=70000'],
    ['--seed=x'],
    ['--break=disk'],
    ['--twice'],
    ['stray'],
  ])('refuse %s in one sentence', argument => {
    expect(() => readOptions([argument])).toThrow(/^[^\n]+$/)
  })
})

describe('--break', () => {
  it.each(['redis', 'postgres'] as const)('takes %s', name => {
    expect(readOptions(['--break', name])).toMatchObject({ breaks: name })
  })

  it('refuses the server of somebody else, and only that one', () => {
    const given = { REDIS_URL: 'redis://:hunter2@127.0.0.1:1' }
    const check = (...args: string[]) => checkOwned(readOptions(args), given)
    expect(() => check('--break', 'redis')).toThrow(
      /^--break redis cannot pause the server of REDIS_URL; [^\n]+$/,
    )
    expect(() => check('--break', 'redis')).not.toThrow('hunter2')
    expect(() => check('--break', 'postgres')).not.toThrow()
    expect(() => check()).not.toThrow()
  })

  it('is told in a table and sentences', () => {
    const read = createTally()
    for (const from of ['memory', 'memory', 'memory', 'redis']) recordRequest(read, 2, from)
    read.grace = 1
    const lag = { reads: 0, worstMs: 0, unpropagated: 0 }
    const told = formatBreakage(
      {
        name: 'redis',
        reads: new Map([['during', read]]),
        updates: new Map(),
        pausedMs: 1_000,
        circuits: [{ process: 'A', state: 'open', atMs: 300 }],
        unpropagated: 2,
        recoveredMs: undefined,
      },
      1_000,
    )
    expect(told).toMatch(/reads paused +4 +0 +1 +2\.0 +2\.0 +2\.0 +75\.0 % +0\n/)
    expect(told).toMatch(/1\.0 s, not 5 s.*failed requests: 0\..*A open at 0\.3 s\.\nNot as before/s)
    const measured = { tallies: new Map([['search', read]]), lag, elapsedMs: 1_000 }
    expect(formatRatios([{ name: 'cached', measured }], ['memory', 'redis'])).toMatch(
      /memory 75\.0 % .*: met\); Redis.* 100\.0 % .*: met\); both together 100\.0 % .*: met\)/,
    )
  })
})

describe('access pattern', () => {
  it('is the same for the same seed, skewed, and of every kind', () => {
    const draw = (updates: number) => {
      const next = createAccessPattern(keys, { random: seededRandom(7), updates })
      return Array.from({ length: 5_000 }, next)
    }
    expect(draw(0.05)).toEqual(draw(0.05))
    const requests = draw(0.05)
    for (const kind of [...kinds, 'update'])
      expect(requests.some(request => request.kind === kind)).toBe(true)
    const asked = (path: string) => requests.filter(request => request.path === path).length
    expect(asked('/workflows/w0')).toBeGreaterThan(20 * asked('/workflows/w900'))
  })
})

describe('version ledger', () => {
  const row = (rowVersion: number, id = 'w') => ({ id, rowVersion })
  const ledger = createVersionLedger()
  ledger.acknowledge({ row: row(2), at: 100, by: 'A', propagated: true })
  ledger.acknowledge({ row: row(3), at: 200, by: 'A', propagated: true })
  ledger.acknowledge({ row: row(4), at: 300, by: 'A', propagated: false })

  it('counts a read of the same process as stale if it began after the reply to a newer update', () => {
    const isStale = (version: number, begunAt: number) => ledger.isStale(row(version), { begunAt, from: 'A' })
    expect([isStale(1, 99), isStale(1, 101), isStale(2, 150), isStale(2, 201)]).toEqual([
      false,
      true,
      false,
      true,
    ])
    expect(ledger.isStale(row(1, 'other'), { begunAt: 9_999, from: 'A' })).toBe(false)
  })

  it('gives another process the time in which it is to hear, and nothing where that was not sure', () => {
    const isStale = (version: number, begunAt: number) => ledger.isStale(row(version), { begunAt, from: 'B' })
    const over = heardWithinMs + 1
    expect([isStale(1, 99 + over), isStale(1, 100 + over), isStale(2, 150 + over)]).toEqual([
      false,
      true,
      false,
    ])
    expect([isStale(2, 200 + over), isStale(3, 300 + over)]).toEqual([true, false])
  })

  it('says how far a read was behind', () => {
    expect([99, 150, 201, 350].map(begunAt => ledger.behindMs(row(1), begunAt))).toEqual([0, 50, 101, 250])
    expect(ledger.behindMs(row(4), 9_999)).toBe(0)
  })

  it('reads versions from one row and from lists', () => {
    expect(versionedRows({ id: 'a', rowVersion: 1, name: 'x' })).toHaveLength(1)
    expect(versionedRows([{ id: 'a', rowVersion: 1 }, { id: 'b' }, null])).toHaveLength(1)
    expect(versionedRows({ error: 'not found' })).toEqual([])
  })
})

describe('route', () => {
  const read = { kind: 'search', path: '/search' } as const
  const update = { kind: 'update', path: '/workflows/w', workflowId: 'w', status: 'draft' } as const

  it('goes to the only process, or writes to the first and reads at the other, mostly', () => {
    const share = (count: number, request: typeof read | typeof update) => {
      const route = createRoute(count, seededRandom(3))
      const places = Array.from({ length: 2_000 }, () => route(request))
      expect(places.every(place => place >= 0 && place < count)).toBe(true)
      return places.filter(place => place === 0).length / places.length
    }
    expect([share(1, read), share(1, update)]).toEqual([1, 1])
    expect(share(2, read)).toBeCloseTo(0.2, 1)
    expect(share(2, update)).toBeCloseTo(0.9, 1)
    expect(share(3, read)).toBeCloseTo(0.2, 1)
  })
})

describe('tally and table', () => {
  const tally = createTally()
  for (const from of ['memory', 'memory', 'memory', 'redis', 'join', 'load']) recordRequest(tally, 2, from)

  it('takes hit ratios of the look-ups that reached a tier', () => {
    expect(hitRatio(tally, ['memory', 'redis', 'disk'], 'memory')).toBeCloseTo(3 / 6)
    expect(hitRatio(tally, ['memory', 'redis', 'disk'], 'redis')).toBeCloseTo(1 / 2)
    expect(hitRatio(tally, ['memory', 'redis', 'disk'], 'disk')).toBe(0)
    expect(hitRatio(createTally(), ['memory'], 'memory')).toBeUndefined()
  })

  it('lays out one row a kind and phase', () => {
    const lag = { reads: 0, worstMs: 0, unpropagated: 0 }
    const measured = { tallies: new Map([['search', tally]]), lag, elapsedMs: 1_000 }
    const table = formatTable(
      [{ name: 'cached', measured }],
      ['search', 'agent results'],
      ['memory', 'redis'],
    )
    expect(table).toMatch(/search +cached +6 +6 +2\.00 +2\.00 +2\.00 +50\.0 % +50\.0 % +0 +0/)
    expect(table).toMatch(/agent results +cached +0 /)
    expect(table).toMatch(/all reads +cached +6 /)
    expect(new Set(table.split('\n').map(line => line.length)).size).toBe(1)
  })
})

describe('cleanup', () => {
  it('closes in the opposite order, once, and goes on after a failure', async () => {
    const closed: string[] = []
    const cleanup = createCleanup()
    cleanup.add(async () => closed.push('first'))
    cleanup.add(() => Promise.reject(new Error('stuck')))
    cleanup.add(async () => closed.push('last'))
    await expect(cleanup.run()).rejects.toThrow('stuck')
    await expect(cleanup.run()).rejects.toThrow('stuck')
    expect(closed).toEqual(['last', 'first'])
  })
})

describe('status', () => {
  it('prints lines that stay, with the time since the start', () => {
    const stream = new PassThrough()
    const status = createStatus(stream)
    status.show('half-way')
    status.say('done')
    status.close()
    expect(String(stream.read())).toBe('[   0 s] done\n')
  })
})
