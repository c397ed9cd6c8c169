/** The timed loops. The clock is read once a block: its cost is shared by the operations of the block. */
import type { Cache, View } from './cache.ts'
import { startStopwatch } from './stopwatch.ts'

const blockLength = 1024
const nanosecondsPerMs = 1e6

/** Nanoseconds an operation; `step` runs `blockLength` of them. */
export function timeBlocks(step: () => void, ms: number): number {
  const end = performance.now() + ms
  const stop = startStopwatch()
  let operations = 0
  do {
    step()
    operations += blockLength
  } while (performance.now() < end)
  return (stop() * nanosecondsPerMs) / operations
}

/** A step of gets that must all hit. */
export function getStep(cache: Cache, keys: readonly string[]): () => void {
  let at = 0
  return () => {
    let misses = 0
    for (let left = blockLength; left > 0; left -= 1) {
      if (cache.get(keys[at] as string) === undefined) misses += 1
      at = at + 1 === keys.length ? 0 : at + 1
    }
    refuseMisses(misses)
  }
}

/** As `getStep`, the key being joined at each get. */
export function joinedStep(cache: Cache, ids: readonly string[], prefix: string): () => void {
  let at = 0
  return () => {
    let misses = 0
    for (let left = blockLength; left > 0; left -= 1) {
      if (cache.get(prefix + (ids[at] as string)) === undefined) misses += 1
      at = at + 1 === ids.length ? 0 : at + 1
    }
    refuseMisses(misses)
  }
}

/** As `getStep`, by the namespace of the cache. */
export function namespacedStep(view: View, ids: readonly string[]): () => void {
  let at = 0
  return () => {
    let misses = 0
    for (let left = blockLength; left > 0; left -= 1) {
      if (view.get(ids[at] as string) === undefined) misses += 1
      at = at + 1 === ids.length ? 0 : at + 1
    }
    refuseMisses(misses)
  }
}

/** `values`: a power of two of them, taken in turn. */
export function setStep(cache: Cache, keys: readonly string[], values: readonly object[]): () => void {
  const mask = values.length - 1
  let at = 0
  return () => {
    for (let left = blockLength; left > 0; left -= 1) {
      cache.set(keys[at] as string, values[at & mask] as object)
      at = at + 1 === keys.length ? 0 : at + 1
    }
  }
}

export interface Mixed {
  readonly step: () => void
  /** Of the gets since it was last asked. */
  hitShare(): number
}

/** Gets the keys that `indexes` names; a key that misses is loaded and set. */
export function mixedStep(
  cache: Cache,
  keys: readonly string[],
  indexes: Uint32Array,
  load: (index: number) => object,
): Mixed {
  let [at, hits, gets] = [0, 0, 0]
  return {
    hitShare() {
      const share = hits / gets
      hits = 0
      gets = 0
      return share
    },
    step() {
      gets += blockLength
      for (let left = blockLength; left > 0; left -= 1) {
        const index = indexes[at] as number
        const key = keys[index] as string
        if (cache.get(key) === undefined) cache.set(key, load(index))
        else hits += 1
        at = at + 1 === indexes.length ? 0 : at + 1
      }
    },
  }
}

export function spin(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

export function refuseMisses(misses: number): void {
  if (misses > 0) throw new Error(`${misses} of ${blockLength} gets missed in a scenario of hits`)
}
