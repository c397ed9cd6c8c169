import { PassThrough } from 'node:stream'
import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createAccessPattern, kinds } from '../src/access-pattern.ts'
import { createCleanup } from '../src/cleanup.ts'
import { readOptions } from '../src/options.ts'
import { createStatus } from '../src/status.ts'
import { formatTable } from '../src/table.ts'
import { createTally, hitRatio, recordRequest } from '../src/tally.ts'
import { createVersionLedger, versionedRows } from '../src/version-ledger.ts'

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

  it.each([['--scale=huge'], ['--seconds=0'], ['--port=70000'], ['--seed=x'], ['--twice'], ['stray']])(
    'refuse %s in one sentence',
    argument => {
      expect(() => readOptions([argument])).toThrow(/^[^\n]+$/)
    },
  )
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
  it('counts a read as stale only if it began after the reply to a newer update', () => {
    const ledger = createVersionLedger()
    ledger.acknowledge('w', 2, 100)
    ledger.acknowledge('w', 3, 200)
    expect(ledger.isStale({ id: 'w', rowVersion: 1 }, 99)).toBe(false)
    expect(ledger.isStale({ id: 'w', rowVersion: 1 }, 101)).toBe(true)
    expect(ledger.isStale({ id: 'w', rowVersion: 2 }, 150)).toBe(false)
    expect(ledger.isStale({ id: 'w', rowVersion: 2 }, 201)).toBe(true)
    expect(ledger.isStale({ id: 'other', rowVersion: 1 }, 999)).toBe(false)
  })

  it('reads versions from one row and from lists', () => {
    expect(versionedRows({ id: 'a', rowVersion: 1, name: 'x' })).toHaveLength(1)
    expect(versionedRows([{ id: 'a', rowVersion: 1 }, { id: 'b' }, null])).toHaveLength(1)
    expect(versionedRows({ error: 'not found' })).toEqual([])
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
    const measured = { tallies: new Map([['search', tally]]), elapsedMs: 1_000 }
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
