import { createAges } from './history-ages.ts'
import { createExamples } from './history-examples.ts'
import type { HistoryReport, HistoryRule, HistoryViolation, RuleCounts } from './history-types.ts'

/** What the promise says of a read. */
export type Standing = 'promised' | 'suspended' | 'outside'

export interface JudgedRead {
  readonly standing: Standing
  readonly excused: boolean
  /** `undefined`: the version was never written, so that it has none. */
  readonly ageMs: number | undefined
}

/** Counts what the rules find. */
export interface Tally {
  read(read: JudgedRead): void
  /** Counts it, and says whether it should be told in full: it may be among the examples. */
  violate(rule: HistoryRule, standing: Standing, startedAt: number): boolean
  tell(violation: HistoryViolation): void
  /** To be called after the last violation of a read. */
  endRead(): void
  report(): TallyReport
}

export type TallyReport = Pick<
  HistoryReport,
  | 'excused'
  | 'judged'
  | 'suspendedReads'
  | 'outsideReads'
  | 'violations'
  | 'byRule'
  | 'violatingReads'
  | 'suspended'
  | 'suspendedByRule'
  | 'outside'
  | 'outsideByRule'
  | 'examples'
  | 'ageP50Ms'
  | 'ageP999Ms'
  | 'worstAgeMs'
  | 'worstSuspendedAgeMs'
>

export function createTally(): Tally {
  return new RuleTally()
}

const noCounts = (): Record<HistoryRule, number> => ({ a: 0, b: 0, c: 0, d: 0, e: 0, f: 0, g: 0 })
const sum = (counts: RuleCounts) => Object.values(counts).reduce((total, count) => total + count, 0)

class RuleTally implements Tally {
  readonly #counts = { promised: noCounts(), suspended: noCounts(), outside: noCounts() }
  readonly #reads = { promised: 0, suspended: 0, outside: 0 }
  readonly #ages = createAges()
  readonly #examples = createExamples()
  #excused = 0
  #judged = 0
  #worstSuspendedAgeMs = 0
  #violating = false
  #violatingReads = 0

  read({ standing, excused, ageMs }: JudgedRead): void {
    this.#reads[standing] += 1
    if (excused) {
      this.#excused += 1
      return
    }
    if (standing === 'promised') this.#judged += 1
    if (ageMs === undefined) return
    if (standing === 'promised') this.#ages.add(ageMs)
    if (standing === 'suspended') this.#worstSuspendedAgeMs = Math.max(this.#worstSuspendedAgeMs, ageMs)
  }

  violate(rule: HistoryRule, standing: Standing, startedAt: number): boolean {
    this.#counts[standing][rule] += 1
    if (standing !== 'promised') return false
    this.#violating = true
    return this.#examples.wants(startedAt)
  }

  tell(violation: HistoryViolation): void {
    this.#examples.add(violation)
  }

  endRead(): void {
    if (this.#violating) this.#violatingReads += 1
    this.#violating = false
  }

  report(): TallyReport {
    const { promised, suspended, outside } = this.#counts
    const ages = this.#ages.summary()
    return {
      excused: this.#excused,
      judged: this.#judged,
      suspendedReads: this.#reads.suspended,
      outsideReads: this.#reads.outside,
      violations: sum(promised),
      byRule: promised,
      violatingReads: this.#violatingReads,
      suspended: sum(suspended),
      suspendedByRule: suspended,
      outside: sum(outside),
      outsideByRule: outside,
      examples: this.#examples.list(),
      ageP50Ms: ages.p50,
      ageP999Ms: ages.p999,
      worstAgeMs: ages.max,
      worstSuspendedAgeMs: this.#worstSuspendedAgeMs,
    }
  }
}
