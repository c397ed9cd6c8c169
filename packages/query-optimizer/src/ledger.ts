/** What is known of each fingerprint, bounded: what comes after the last free place is counted together, as `other`. */
import type { LatencyRecorder, LatencySnapshot } from '@greenlang/core'
import type { Fingerprint } from './fingerprint.ts'

/** All queries of one fingerprint. */
export interface QueryStats {
  /** 16 hexadecimal digits, or `other`. */
  readonly fingerprint: string
  /** The query with its values replaced by `$n`; `unparsed` for what could not be parsed. */
  readonly text: string
  readonly count: number
  readonly failures: number
  readonly totalMs: number
  /** In ms; failures included. */
  readonly latency: LatencySnapshot
}

export interface Ledger {
  record(fingerprint: Fingerprint, durationMs: number, failed: boolean): void
  /** Most time spent first; `other` last. */
  stats(): QueryStats[]
  /** Queries counted under `other`. */
  readonly overflowed: number
}

export function createLedger(maxFingerprints: number, latency: () => LatencyRecorder): Ledger {
  return new BoundedLedger(maxFingerprints, latency)
}

interface Account {
  readonly fingerprint: Fingerprint
  readonly latency: LatencyRecorder
  count: number
  failures: number
  totalMs: number
}

class BoundedLedger implements Ledger {
  readonly #maxFingerprints: number
  readonly #latency: () => LatencyRecorder
  readonly #accounts = new Map<string, Account>()
  #other: Account | undefined

  constructor(maxFingerprints: number, latency: () => LatencyRecorder) {
    this.#maxFingerprints = maxFingerprints
    this.#latency = latency
  }

  get overflowed(): number {
    return this.#other?.count ?? 0
  }

  record(fingerprint: Fingerprint, durationMs: number, failed: boolean): void {
    const account = this.#accountOf(fingerprint)
    account.count += 1
    account.totalMs += durationMs
    if (failed) account.failures += 1
    account.latency.record(durationMs)
  }

  stats(): QueryStats[] {
    const sorted = [...this.#accounts.values()].sort((a, b) => b.totalMs - a.totalMs)
    return (this.#other ? [...sorted, this.#other] : sorted).map(toStats)
  }

  #accountOf(fingerprint: Fingerprint): Account {
    const known = this.#accounts.get(fingerprint.id)
    if (known) return known
    if (this.#accounts.size >= this.#maxFingerprints) {
      this.#other ??= this.#open({ id: 'other', text: 'other' })
      return this.#other
    }
    const account = this.#open(fingerprint)
    this.#accounts.set(fingerprint.id, account)
    return account
  }

  #open(fingerprint: Fingerprint): Account {
    return { fingerprint, latency: this.#latency(), count: 0, failures: 0, totalMs: 0 }
  }
}

function toStats({ fingerprint, latency, count, failures, totalMs }: Account): QueryStats {
  const { id, text } = fingerprint
  return { fingerprint: id, text, count, failures, totalMs, latency: latency.snapshot() }
}
