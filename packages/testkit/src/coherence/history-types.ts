/** What a cache did, and what may be said of it. All times are ms of one clock that every process of the history shares. */

/** A version of a key that was committed to where the truth is. */
export interface HistoryWrite {
  readonly key: string
  /** A whole number >= 0. Per key it rises in commit order and occurs once. */
  readonly version: number
  readonly committedAt: number
  /** When the bus acknowledged the invalidation. Absent: never. */
  readonly acknowledgedAt?: number
  /** When the invalidating call came back in its process, propagated or not. Absent: never. */
  readonly returnedAt?: number
  /** A whole number >= 0, below 2^31. */
  readonly process: number
  /** The row is gone at this version. */
  readonly absent?: boolean
}

/** One read, by whatever tier it was answered. */
export interface HistoryRead {
  readonly key: string
  /** A whole number >= 0, below 2^31. */
  readonly process: number
  readonly startedAt: number
  readonly endedAt: number
  /** `undefined`: the read said that there is nothing. */
  readonly version: number | undefined
  /** What answered: `memory`, `disk`, `shared`, `load` ... */
  readonly source: string
  /** Flagged stale to its caller: outside the promise, though not free to return what was never there. */
  readonly excused?: boolean
  /** When the load of the value ended. Absent: rule f does not judge this read. */
  readonly madeAt?: number
  /** Made after everything has come to rest. */
  readonly final?: boolean
}

/** The moments from `from` on, `to` no longer among them. */
export interface HistorySpan {
  readonly from: number
  readonly to: number
}

export interface HistoryOptions {
  /** How long after an acknowledgement the old version may still be read, in ms. >= 0; no default. */
  readonly boundMs: number
  /** How long a value may be read after its load ended, in ms. > 0. Default: rule f judges nothing. */
  readonly ttlMs?: number
  /** What a read may be late by under `ttlMs`, in ms. >= 0. Default `0`. */
  readonly ttlSlackMs?: number
  /** Whether the promise leaves a key out; its violations are counted apart. Default: it leaves out none. */
  readonly outside?: (key: string) => boolean
  /** When the promise is suspended. Violations of reads begun then are counted apart, those of rule f are not. Default `[]`. */
  readonly suspended?: readonly HistorySpan[]
}

/**
 * - `a` stale: begun more than `boundMs` after a higher version was acknowledged. Unexcused reads.
 * - `b` future: the version was committed after the read had ended. All reads.
 * - `c` foreign: the version was never written for the key. All reads; such a read is judged by no other rule but f.
 * - `d` monotonic: the same process had read a higher version more than `boundMs` before. Unexcused reads. A version binds
 *   so only if it, or a higher one, was acknowledged within `boundMs` of its commit; any other is left to rule a.
 * - `e` rest: a final read is not of the highest version, acknowledged or not. Unexcused reads.
 * - `f` life: begun more than `ttlMs` and `ttlSlackMs` after the value was made. Unexcused reads, suspended ones too.
 * - `g` own: the same process had written a higher version, and the call had returned. Unexcused reads, never suspended ones.
 */
export type HistoryRule = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g'

/** One read that broke one rule. */
export interface HistoryViolation {
  readonly rule: HistoryRule
  readonly read: HistoryRead
  /** The version the read was judged as; differs from `read.version` for a read of nothing. `undefined` under rule c. */
  readonly judgedAs: number | undefined
  /** The version that was due: at least this (a, d, g), at most this (b), this (e). `undefined` under c and f. */
  readonly expected: number | undefined
  /**
   * What the rule counts from: acknowledgement of `expected` (a), commit of the version read (b), end of the earlier
   * read (d), end of the load (f), return of the own write (g). `undefined` under c and e.
   */
  readonly since: number | undefined
  /** `boundMs` (a, d), `ttlMs` and `ttlSlackMs` together (f), else 0. */
  readonly limitMs: number
  /** From the first acknowledgement of a higher version to the begin of the read; 0 if there was none. */
  readonly ageMs: number
}

export type RuleCounts = Readonly<Record<HistoryRule, number>>

/** Ages are those of `HistoryViolation.ageMs`, over the `judged` reads. A read may break several rules: violations are counted by rule. */
export interface HistoryReport {
  readonly reads: number
  /** Reads flagged stale, wherever they belong. */
  readonly excused: number
  /** Unexcused reads inside the promise. */
  readonly judged: number
  /** Reads begun while the promise was suspended, and reads of keys that it leaves out (which are not counted as suspended). */
  readonly suspendedReads: number
  readonly outsideReads: number
  readonly writes: number
  /** Writes with an acknowledgement. */
  readonly acknowledged: number
  /** Violations inside the promise. */
  readonly violations: number
  readonly byRule: RuleCounts
  /** Reads inside the promise that broke at least one rule. */
  readonly violatingReads: number
  /** Violations while it was suspended. */
  readonly suspended: number
  readonly suspendedByRule: RuleCounts
  /** Violations of keys that it leaves out. */
  readonly outside: number
  readonly outsideByRule: RuleCounts
  /** The ten earliest violations inside the promise, by the begin of the read: the same ones in whatever order it was told. */
  readonly examples: readonly HistoryViolation[]
  readonly ageP50Ms: number
  readonly ageP999Ms: number
  readonly worstAgeMs: number
  /** Of unexcused suspended reads. */
  readonly worstSuspendedAgeMs: number
  /** Share of reads that memory or disk answered; 0 without reads. */
  readonly hitRatio: number
  /** Reads by what answered. */
  readonly sources: Readonly<Record<string, number>>
  readonly loads: number
  /** 0 without reads. */
  readonly loadsPerRead: number
  /** Mean time between two commits of the same key; `undefined` if no key was written twice. */
  readonly rewriteIntervalMs: number | undefined
}

/** Takes a history in any order, and judges what it has been told so far. */
export interface History {
  /** @throws InvalidArgumentError for a time that is none, a bad version or process, a version that the key has already. */
  write(write: HistoryWrite): void
  /** @throws InvalidArgumentError for a time that is none, an end before the begin, a bad version, process or source. */
  read(read: HistoryRead): void
  /** The promise was suspended then, as `suspended` of the options says. @throws InvalidOptionError for no span. */
  suspend(span: HistorySpan): void
  /** Adds to the number of loads. @throws InvalidArgumentError unless `count` is a whole number >= 0. */
  loads(count: number): void
  /** May be called again when more has been told. */
  check(): HistoryReport
}
