import { describe, expect, it } from '@jest/globals'
import type { Cache, Maker } from '../speed/cache.ts'
import { mapMaker, ringMaker } from '../speed/floors.ts'
import type { Rounds } from '../speed/judge.ts'
import { getStep, mixedStep } from '../speed/loops.ts'
import { keysOf, requestsOf, zipfIndexes } from '../speed/material.ts'
import { costOf, hitShareOf, pairedRatios } from '../speed/ratios.ts'
import { type Scenario, scenarios } from '../speed/scenarios.ts'
import { startStopwatch } from '../speed/stopwatch.ts'
import { allSubjects, idOf, makerOf, ourNames, rivalNames } from '../speed/subjects.ts'

function roundsOf(costs: Record<string, readonly number[]>, marks: Partial<Scenario> = {}): Rounds {
  const scenario: Scenario = { name: 'test', floor: 'map', prepare: () => undefined, ...marks }
  const measured = Object.entries(costs).map(
    ([id, list]) => [id, list.map((cost, round) => ({ cost, hitShare: round / 10 }))] as const,
  )
  return { scenario, bySubject: new Map(measured) }
}

describe('paired ratios', () => {
  it('are of the same round, speed by speed', () => {
    const spread = pairedRatios(roundsOf({ a: [10, 20, 30], b: [20, 20, 90] }), 'a', 'b')
    expect(spread).toMatchObject({ least: 1, median: 2, most: 3 })
  })

  it('are cost by cost where a tail is measured', () => {
    expect(pairedRatios(roundsOf({ a: [20], b: [10] }, { isTail: true }), 'a', 'b')?.median).toBe(2)
  })

  it('leave out rounds that came out as nothing, and subjects that took no part', () => {
    const rounds = roundsOf({ a: [-1, 10], b: [10, 20] })
    expect(pairedRatios(rounds, 'a', 'b')).toMatchObject({ least: 2, most: 2 })
    expect(pairedRatios(rounds, 'a', 'c')).toBeUndefined()
  })

  it('come with the median of costs and of hit shares', () => {
    const rounds = roundsOf({ a: [30, 10, 20] })
    expect([costOf(rounds, 'a'), hitShareOf(rounds, 'a')]).toEqual([20, 0.1])
    expect([costOf(rounds, 'b'), hitShareOf(rounds, 'b')]).toEqual([undefined, undefined])
  })
})

describe('subjects', () => {
  const subjects = allSubjects([...ourNames, ...rivalNames])

  it('run floors once and all others with and without expiry', () => {
    const ids = subjects.map(idOf)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(
      expect.arrayContaining(['map', 'map-ring', 'default/ttl', 'default/endless', 'lru-cache/ttl']),
    )
    expect(ids.filter(id => id.startsWith('map'))).toHaveLength(2)
  })

  it.each([...new Set(subjects.map(({ name }) => name))])('%s keeps, overwrites and finds', name => {
    const cache = makerOf(name)({ capacity: 10, ttlMs: 60_000 })
    cache.set('a', { value: 1 })
    cache.set('a', { value: 2 })
    expect(cache.get('a')).toEqual({ value: 2 })
    expect(cache.get('b')).toBeUndefined()
    const view = cache.open?.()
    view?.set('id', { value: 3 })
    if (view) expect(view.get('id')).toEqual({ value: 3 })
    cache.close()
  })

  it('bound the ring by its capacity, the oldest going first', () => {
    const cache = ringMaker({ capacity: 2, ttlMs: Number.POSITIVE_INFINITY })
    for (const key of ['a', 'b', 'a', 'c']) cache.set(key, { key })
    expect(['a', 'b', 'c'].map(key => cache.get(key))).toEqual([undefined, { key: 'b' }, { key: 'c' }])
  })
})

describe('scenarios', () => {
  const small = scenarios.filter(({ isLarge }) => !isLarge)

  it.each(small)('$name gives a cost above nothing', async ({ prepare, floor }) => {
    const maker: Maker = floor === 'map' ? mapMaker : ringMaker
    const prepared = prepare(maker, Number.POSITIVE_INFINITY)
    expect(Number.isFinite(await prepared?.measure(5))).toBe(true)
    const hitShare = prepared?.hitShare?.()
    if (hitShare !== undefined) expect(hitShare).toBeGreaterThan(0.3)
    prepared?.close()
  })
})

describe('loops', () => {
  const options = { capacity: 10, ttlMs: Number.POSITIVE_INFINITY }

  it('refuse a scenario of hits that misses', () => {
    expect(() => getStep(mapMaker(options), ['a'])()).toThrow('1024 of 1024 gets missed')
  })

  it('load what misses, and share out hits since last asked', () => {
    const cache: Cache = mapMaker(options)
    const { step, hitShare } = mixedStep(cache, ['a', 'b'], Uint32Array.of(0, 1), index => ({ index }))
    step()
    expect(hitShare()).toBeCloseTo(1022 / 1024)
    step()
    expect(hitShare()).toBe(1)
    expect(cache.get('b')).toEqual({ index: 1 })
  })
})

describe('material', () => {
  it('is the same each time', () => {
    expect(keysOf(3)).toEqual(['workflow:0', 'workflow:1', 'workflow:2'])
    expect(requestsOf(keysOf(9))).toEqual(requestsOf(keysOf(9)))
    expect(new Set(requestsOf(keysOf(50)))).toEqual(new Set(keysOf(50)))
    expect(zipfIndexes(100, 10, 1)).toBe(zipfIndexes(100, 10, 1))
  })

  it('measures time that passes', () => {
    const stop = startStopwatch()
    let sum = 0
    for (let at = 0; at < 1e5; at += 1) sum += Math.sqrt(at)
    expect(sum).toBeGreaterThan(0)
    expect(Number.isFinite(stop())).toBe(true)
  })
})
