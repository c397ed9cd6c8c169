/** The traces that are shipped: made from a seed, each with one thing in it that tells policies apart. */
import { seededRandom } from '@greenlang/testkit'
import { type Trace, TraceBuilder } from './trace.ts'
import { zipfRanks } from './zipf.ts'

type Add = (key: string | number) => void
type Generator = (add: Add, random: () => number) => void

const requests = 200_000
const keys = 20_000
const commonSkew = 0.9

const zipf =
  (skew: number): Generator =>
  (add, random) => {
    const rank = zipfRanks(keys, skew, random)
    for (let at = 0; at < requests; at += 1) add(rank())
  }

/** The same keys round and round: a cache smaller than the loop gets nothing by recency. */
const loop: Generator = add => {
  const length = 2_000
  for (let at = 0; at < requests; at += 1) add(at % length)
}

/** Every 20 000 requests, 5 000 keys that come once: they must not wash out the popular ones. */
const scans: Generator = (add, random) => {
  const [every, length] = [20_000, 5_000]
  const rank = zipfRanks(keys, commonSkew, random)
  for (let at = 0; at < requests; at += 1) add(at % every < length ? `scan ${at}` : rank())
}

/** Four times other keys are the popular ones: what was learned must be forgotten. */
const phases: Generator = (add, random) => {
  const rank = zipfRanks(keys / 2, commonSkew, random)
  for (let at = 0; at < requests; at += 1) add(`${Math.floor((4 * at) / requests)} ${rank()}`)
}

/** Each 20 requests the oldest key dies and a new one is born, at a rank of its own. */
const churn: Generator = (add, random) => {
  const rank = zipfRanks(keys / 2, 1, random)
  const keyAt = Uint32Array.from({ length: keys / 2 }, (_, index) => index)
  let born = keyAt.length
  for (let at = 0; at < requests; at += 1) {
    if (at % 20 === 0) {
      keyAt[Math.floor(random() * keyAt.length)] = born
      born += 1
    }
    add(keyAt[rank()] as number)
  }
}

/** Three keys of four are used once more, soon after, and none later: pure recency. */
const twice: Generator = (add, random) => {
  const soon = 64
  const waiting: number[] = []
  let key = 0
  for (let at = 0; at < requests; at += 1) {
    const again = waiting.length >= soon ? waiting.shift() : undefined
    if (again !== undefined) add(again)
    else {
      if (random() < 0.75) waiting.push(key)
      add(key)
      key += 1
    }
  }
}

const generators: Readonly<Record<string, Generator>> = {
  'generated-zipf-0.9': zipf(0.9),
  'generated-zipf-1.0': zipf(1),
  'generated-loop': loop,
  'generated-scans': scans,
  'generated-phases': phases,
  'generated-churn': churn,
  'generated-twice': twice,
}

export const generatedNames: readonly string[] = Object.keys(generators)

/** The same trace for the same name and seed, on any machine. */
export function generateTrace(name: string, seed: number): Trace {
  const generator = generators[name]
  if (generator === undefined) throw new RangeError(`no generated trace is called "${name}"`)
  const builder = new TraceBuilder()
  generator(key => builder.add(key), seededRandom(seed))
  return builder.build(name)
}
