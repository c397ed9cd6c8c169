/** Keys and values that the loops use: made before anything is timed, so that no loop pays for them. */
import { seededRandom } from '@greenlang/testkit'
import { zipfRanks } from '../simulator/zipf.ts'

const seed = 1

/** Flat and hashed: joining and hashing a key cost more than a lookup. */
export function keysOf(count: number, prefix = ''): string[] {
  const seen = new Set<string>()
  return Array.from({ length: count }, (_, number) => {
    const key = Buffer.from(`${prefix}workflow:${number}`, 'latin1').toString('latin1')
    seen.has(key)
    return key
  })
}

/** A small row, as a service has them. */
export const rowOf = (id: number): object => ({ id, name: 'intake', active: true })

/** Not in the order of insertion, which memory favours. */
function shuffled<T>(list: readonly T[]): T[] {
  const random = seededRandom(seed)
  const result = [...list]
  for (let at = result.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1))
    const held = result[at] as T
    result[at] = result[other] as T
    result[other] = held
  }
  return result
}

const requests = 1 << 17

/** Keys at random, all as likely: a round through them in one order is learnt by the processor, traffic is not. */
export function requestsOf(keys: readonly string[]): string[] {
  const random = seededRandom(seed + 2)
  return Array.from({ length: requests }, () => keys[Math.floor(random() * keys.length)] as string)
}

const drawn = new Map<string, Uint32Array>()

/** Indexes of keys by Zipf's law; the popular ones are spread over all keys. Drawn once for the same arguments. */
export function zipfIndexes(draws: number, count: number, skew: number): Uint32Array {
  const name = [draws, count, skew].join()
  const indexes = drawn.get(name) ?? drawZipf(draws, count, skew)
  drawn.set(name, indexes)
  return indexes
}

function drawZipf(draws: number, count: number, skew: number): Uint32Array {
  const places = shuffled(Array.from({ length: count }, (_, index) => index))
  const rank = zipfRanks(count, skew, seededRandom(seed + 1))
  return Uint32Array.from({ length: draws }, () => places[rank()] as number)
}
