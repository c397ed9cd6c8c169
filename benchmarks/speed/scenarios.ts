/** What is measured: each scenario makes its material, fills its cache and gives a loop to be timed. */
import type { Cache, Maker, View } from './cache.ts'
import { namespace } from './cache.ts'
import { getStep, joinedStep, mixedStep, namespacedStep, setStep, spin, timeBlocks } from './loops.ts'
import { keysOf, requestsOf, rowOf, zipfIndexes } from './material.ts'
import type { Floor } from './subjects.ts'
import { tailLoop } from './tail.ts'
import { turnLoop } from './turns.ts'

export interface Prepared {
  /** Nanoseconds an operation, over about `ms`. */
  measure(ms: number): number | Promise<number>
  /** Of the gets since it was last asked, where a miss is part of the scenario. */
  hitShare?(): number
  close(): void
}

export interface Scenario {
  readonly name: string
  readonly floor: Floor
  /** Compared by what it costs, not by how fast it is. */
  readonly isTail?: boolean
  /** Times the usual ms, for a difference that is small against what it is taken from. Default 1. */
  readonly patience?: number
  /** Sets are part of what is timed. */
  readonly hasSets?: boolean
  /** It takes much memory: run with expiry only, by ours and the rival. */
  readonly isLarge?: boolean
  /** `undefined` where that cache has no such thing. */
  prepare(maker: Maker, ttlMs: number): Prepared | undefined
}

function fill(cache: View, keys: readonly string[]): void {
  for (const [id, key] of keys.entries()) cache.set(key, rowOf(id))
}

function filled(maker: Maker, keys: readonly string[], ttlMs: number): Cache {
  const cache = maker({ capacity: keys.length, ttlMs })
  fill(cache, keys)
  return cache
}

const stepped = (cache: Cache, step: () => void): Prepared => ({
  measure: ms => timeBlocks(step, ms),
  close: () => cache.close(),
})

const getHit = (name: string, entries: number): Scenario => ({
  name,
  floor: 'map',
  prepare(maker, ttlMs) {
    const keys = keysOf(entries)
    const cache = filled(maker, keys, ttlMs)
    return stepped(cache, getStep(cache, requestsOf(keys)))
  },
})

const common = 10_000

const getsPerTurn = (perTurn: number): Scenario => ({
  name: `get-hit 10k, ${perTurn} a turn`,
  floor: 'map',
  patience: perTurn === 1 ? 8 : 4,
  prepare(maker, ttlMs) {
    const keys = keysOf(common)
    const cache = filled(maker, keys, ttlMs)
    return { measure: turnLoop(cache, requestsOf(keys), perTurn), close: () => cache.close() }
  },
})

const tail: Scenario = {
  name: 'p99 of a hit, 10k',
  floor: 'map',
  isTail: true,
  prepare(maker, ttlMs) {
    const keys = keysOf(common)
    const cache = filled(maker, keys, ttlMs)
    return { measure: tailLoop(cache, requestsOf(keys)), close: () => cache.close() }
  },
}

const someRows = Array.from({ length: 1024 }, (_, id) => rowOf(id))

const setExisting: Scenario = {
  name: 'set existing, 10k',
  floor: 'map',
  hasSets: true,
  prepare(maker, ttlMs) {
    const keys = keysOf(common)
    const cache = filled(maker, keys, ttlMs)
    return stepped(cache, setStep(cache, requestsOf(keys), someRows))
  },
}

const fewestKeys = 1 << 18

/** So many keys that those which come again are long forgotten, by a history of what was evicted too. */
const setNew = (name: string, capacity: number, marks: Partial<Scenario>): Scenario => ({
  name,
  floor: 'map-ring',
  ...marks,
  prepare(maker, ttlMs) {
    const keys = keysOf(Math.max(fewestKeys, 3 * capacity))
    const cache = filled(maker, keys.slice(-capacity), ttlMs)
    return stepped(cache, setStep(cache, keys, someRows))
  },
})

const [zipfKeys, zipfDraws] = [100_000, 1 << 20]
/** Of 1024 requests: until the cache is as full of the popular ones as it will be. */
const warmBlocks = 512

const zipf = (skew: number, loadMs = 0): Scenario => ({
  name: `zipf ${skew.toFixed(1)} get-or-set${loadMs === 0 ? '' : `, loader of ${loadMs * 1000} µs`}`,
  floor: 'map-ring',
  hasSets: true,
  prepare(maker, ttlMs) {
    const keys = keysOf(zipfKeys)
    const cache = maker({ capacity: zipfKeys / 10, ttlMs })
    const load = (index: number) => someRows[index % someRows.length] as object
    const slowly = (index: number) => {
      spin(loadMs)
      return load(index)
    }
    const indexes = zipfIndexes(zipfDraws, zipfKeys, skew)
    const warm = mixedStep(cache, keys, indexes, load)
    for (let block = 0; block < warmBlocks; block += 1) warm.step()
    const { step, hitShare } = mixedStep(cache, keys, indexes, loadMs === 0 ? load : slowly)
    return { ...stepped(cache, step), hitShare }
  },
})

const joined: Scenario = {
  name: "get-hit 10k, key joined: 'x:' + id",
  floor: 'map',
  prepare(maker, ttlMs) {
    const cache = filled(maker, keysOf(common, `${namespace}:`), ttlMs)
    return stepped(cache, joinedStep(cache, requestsOf(keysOf(common)), `${namespace}:`))
  },
}

const namespaced: Scenario = {
  name: 'get-hit 10k, namespaced',
  floor: 'map',
  prepare(maker, ttlMs) {
    const cache = maker({ capacity: common, ttlMs })
    const view = cache.open?.()
    if (view === undefined) {
      cache.close()
      return undefined
    }
    const ids = keysOf(common)
    fill(view, ids)
    return stepped(cache, namespacedStep(view, requestsOf(ids)))
  },
}

const twentyMicroseconds = 0.02

export const scenarios: readonly Scenario[] = [
  getHit('get-hit 10k', common),
  getHit('get-hit 100k', 100_000),
  getsPerTurn(1),
  getsPerTurn(10),
  getsPerTurn(1000),
  tail,
  setExisting,
  setNew('set new, evicting, of 10k', common, { hasSets: true }),
  zipf(0.9),
  zipf(1),
  zipf(0.9, twentyMicroseconds),
  zipf(1, twentyMicroseconds),
  joined,
  namespaced,
  setNew('set new of 1k entries', 1_000, { isLarge: true }),
  setNew('set new of 10k entries', 10_000, { isLarge: true }),
  setNew('set new of 100k entries', 100_000, { isLarge: true }),
  setNew('set new of 1M entries', 1_000_000, { isLarge: true }),
]
