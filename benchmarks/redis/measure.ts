/** Rounds of each reader in turn, so that what the machine does meanwhile meets all of them. */
import { performance } from 'node:perf_hooks'
import { quantile, type Spread, spreadOf } from '../report/statistics.ts'
import type { Reader } from './subjects.ts'

export interface Scenario {
  readonly name: string
  readonly atOnce: number
  /** Keys a call; more than one asks for `getMany`. */
  readonly keysPerCall: number
}

export const scenarios: readonly Scenario[] = [
  { name: 'one at a time', atOnce: 1, keysPerCall: 1 },
  { name: '64 at once', atOnce: 64, keysPerCall: 1 },
  { name: 'getMany(100), one at a time', atOnce: 1, keysPerCall: 100 },
]

export interface RoundFigures {
  readonly callsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface Measured {
  readonly reader: string
  readonly scenario: string
  readonly rounds: readonly RoundFigures[]
}

export interface Plan {
  readonly readers: readonly Reader[]
  readonly keys: readonly string[]
  readonly rounds: number
  readonly roundMs: number
  readonly onRound: (scenario: Scenario, round: number) => void
}

export async function measure({
  readers,
  keys,
  rounds,
  roundMs,
  onRound,
}: Plan): Promise<readonly Measured[]> {
  const measured: Measured[] = []
  for (const scenario of scenarios) {
    const able = readers.filter(reader => scenario.keysPerCall === 1 || reader.getMany)
    const figures = new Map<string, RoundFigures[]>(able.map(({ name }) => [name, []]))
    // The first round warms up.
    for (let round = 0; round <= rounds; round += 1) {
      onRound(scenario, round)
      for (const reader of able) {
        const one = await runRound(reader, scenario, { keys, roundMs })
        if (round > 0) figures.get(reader.name)?.push(one)
      }
    }
    for (const [reader, all] of figures) measured.push({ reader, scenario: scenario.name, rounds: all })
  }
  return measured
}

async function runRound(
  reader: Reader,
  { atOnce, keysPerCall }: Scenario,
  { keys, roundMs }: { keys: readonly string[]; roundMs: number },
): Promise<RoundFigures> {
  const latencies: number[] = []
  let next = 0
  const begun = performance.now()
  const end = begun + roundMs
  const call = callOf(reader, keysPerCall, keys)
  const caller = async () => {
    while (performance.now() < end) {
      const at = performance.now()
      next += 1
      await call(next)
      latencies.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, caller))
  const seconds = (performance.now() - begun) / 1000
  const sorted = latencies.sort((a, b) => a - b)
  return {
    callsPerSecond: latencies.length / seconds,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
  }
}

/** A prime, so that neighbours in time are not neighbours in the list. */
const stride = 7919

function callOf(
  reader: Reader,
  keysPerCall: number,
  keys: readonly string[],
): (n: number) => Promise<unknown> {
  const keyAt = (n: number) => keys[(n * stride) % keys.length] as string
  if (keysPerCall === 1) return n => reader.get(keyAt(n))
  return n => {
    const many = Array.from({ length: keysPerCall }, (_, index) => keyAt(n * keysPerCall + index))
    return reader.getMany?.(many) ?? Promise.resolve()
  }
}

/** Of `of` over `to`, round by round. */
export function ratio(
  measured: readonly Measured[],
  scenario: string,
  { of, to, by }: { of: string; to: string; by: (figures: RoundFigures) => number },
): Spread {
  const roundsOf = (reader: string) =>
    measured.find(one => one.reader === reader && one.scenario === scenario)?.rounds ?? []
  const [over, under] = [roundsOf(of), roundsOf(to)]
  return spreadOf(over.map((figures, index) => by(figures) / by(under[index] as RoundFigures)))
}
