/** What `npm run prove -- redis` is told. */
import { parseArgs } from 'node:util'

export const redisParts = ['faults', 'latency', 'mutants', 'rivals'] as const
export type RedisPart = (typeof redisParts)[number]

export interface RedisProofOptions {
  /** Of the run with all faults. */
  readonly seconds: number
  readonly seed: number
  readonly parts: readonly RedisPart[]
}

const usage = `use npm run prove -- redis [--seconds 200] [--seed n] [--only ${redisParts.join('|')}]`
const shortestSeconds = 10
const longestSeconds = 86_400

/** @throws RangeError that says how it is used. */
export function redisProofOptions(args: readonly string[]): RedisProofOptions {
  const options = { seconds: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } } as const
  const values = parse(() => parseArgs({ args: [...args], options }).values)
  const seconds = Number(values.seconds ?? 200)
  const seed = Number(values.seed ?? 1)
  const only = redisParts.find(part => part === values.only)
  const isSeed = Number.isSafeInteger(seed) && seed >= 0
  const isTime = seconds >= shortestSeconds && seconds <= longestSeconds
  if (!isSeed || !isTime || (values.only !== undefined && only === undefined)) throw new RangeError(usage)
  return { seconds, seed, parts: only === undefined ? redisParts : [only] }
}

function parse<T>(read: () => T): T {
  try {
    return read()
  } catch {
    throw new RangeError(usage)
  }
}
