/** When what goes wrong: drawn from the seed, so that the same seed strikes in the same order at the same times. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { HistorySpan } from '@greenlang/testkit'
import { type Fault, type FaultName, faults, type Scene, type Strike } from './faults.ts'
import { now } from './now.ts'
import type { Range } from './plan.ts'

export interface PlannedStrike extends Strike {
  readonly fault: FaultName
  /** Since the begin, in ms. */
  readonly at: number
}

export interface NemesisPlan {
  /** Each strikes at least once where the time is enough; a name that stands twice, twice as often. */
  readonly faults: readonly FaultName[]
  readonly workers: number
  readonly random: () => number
  /** Nothing strikes before, in ms since the begin. */
  readonly from: number
  /** Nothing lasts longer. */
  readonly to: number
  /** How long each lasts, in ms, instead of what is usual for it. */
  readonly lasting: Range | undefined
  /** Quiet after each, in ms. */
  readonly quietMs: number
}

/** What struck, when it began and ended in ms since the begin, and what went wrong with it. */
export interface Struck extends PlannedStrike {
  readonly began: number
  readonly ended: number
  readonly error: string | undefined
  /** When the promise was suspended by it. */
  readonly suspended: HistorySpan | undefined
}

/** One after the other: two at once could leave nothing to judge. Rounds of all faults, each in an order of its own. */
export function planStrikes(plan: NemesisPlan): readonly PlannedStrike[] {
  const { random, workers, to, quietMs } = plan
  const strikes: PlannedStrike[] = []
  if (plan.faults.length === 0) return strikes
  for (let at = plan.from; ; ) {
    for (const fault of shuffle(plan.faults, random)) {
      const range = plan.lasting ?? faults[fault].forMs
      const forMs = Math.round(range.from + random() * (range.to - range.from))
      if (at + forMs > to) return strikes
      strikes.push({ fault, at: Math.round(at), forMs, number: Math.floor(random() * workers) })
      at += forMs + quietMs * (0.5 + random())
    }
  }
}

/** Strikes as planned, later where the one before took longer. */
export async function unleash(
  scene: Scene,
  strikes: readonly PlannedStrike[],
  onStrike: (struck: Struck) => void,
): Promise<void> {
  const begin = scene.span.begunAt
  for (const planned of strikes) {
    await sleep(Math.max(0, begin + planned.at - now()))
    const began = now() - begin
    let error: string | undefined
    let suspended: HistorySpan | undefined
    try {
      const fault: Fault = faults[planned.fault]
      suspended = (await fault.strike(scene, planned)) ?? undefined
    } catch (thrown) {
      error = String(thrown)
    }
    onStrike({ ...planned, began, ended: now() - begin, error, suspended })
  }
}

function shuffle<T>(list: readonly T[], random: () => number): T[] {
  const shuffled = [...list]
  for (let index = shuffled.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1))
    const [a, b] = [shuffled[index], shuffled[other]]
    if (a === undefined || b === undefined) continue
    shuffled[index] = b
    shuffled[other] = a
  }
  return shuffled
}
