/**
 * Repeatable randomness: sfc32, the small fast chaotic generator of Chris Doty-Humphrey (PractRand, public domain).
 * 128 bits of state, passes PractRand to 2 TB; not for secrets.
 */
import { checkInteger } from '@greenlang/core'

/** Rounds after which the state no longer shows the seed; the author's own figure, as is the order of the seed. */
const warmUpRounds = 12

/**
 * Numbers in [0, 1), the same ones for the same seed.
 * @param seed A whole number >= 0.
 */
export function seededRandom(seed: number): () => number {
  checkInteger('seed', seed, 0)
  const state: State = { a: 0, b: seed | 0, c: Math.floor(seed / 2 ** 32) | 0, counter: 1 }
  for (let round = 0; round < warmUpRounds; round += 1) next(state)
  return () => next(state) / 2 ** 32
}

interface State {
  a: number
  b: number
  c: number
  counter: number
}

function next(state: State): number {
  const { a, b, c, counter } = state
  const sum = (a + b + counter) | 0
  state.counter = (counter + 1) | 0
  state.a = b ^ (b >>> 9)
  state.b = (c + (c << 3)) | 0
  state.c = (((c << 21) | (c >>> 11)) + sum) | 0
  return sum >>> 0
}
