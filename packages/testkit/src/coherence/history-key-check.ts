import type { ReadRows } from './history-reads.ts'
import { createSteps, type Step, type Steps } from './history-steps.ts'
import type { Suspensions } from './history-suspensions.ts'
import type { Standing, Tally } from './history-tally.ts'
import type { HistoryOptions, HistoryRule } from './history-types.ts'
import type { Versions } from './history-versions.ts'

export interface KeyCheckContext {
  readonly reads: ReadRows
  readonly tally: Tally
  readonly options: Required<HistoryOptions>
  readonly suspensions: Suspensions
}

/** Judges the reads of one key, whose rows it may reorder. */
export type KeyCheck = (key: string, versions: Versions, rows: Int32Array) => void

export function createKeyCheck(context: KeyCheckContext): KeyCheck {
  const { outside } = context.options
  return (key, versions, rows) => {
    sortByEnd(rows, context.reads)
    const judge = new KeyJudge(context, { key, versions, outside: outside(key) })
    for (const row of rows) judge.learn(row)
    for (const row of rows) judge.judge(row)
  }
}

interface JudgedKey {
  readonly key: string
  readonly versions: Versions
  readonly outside: boolean
}

const nothingDue: Step = { at: Number.NaN, rank: -1 }

class KeyJudge {
  readonly #context: KeyCheckContext
  readonly #key: JudgedKey
  readonly #versions: Versions
  /** By process, what it had read. */
  readonly #seen = new Map<number, Steps>()
  // The read that is being judged.
  #row = 0
  #rank = 0
  #startedAt = 0
  #standing: Standing = 'promised'
  #stale: Step | undefined

  constructor(context: KeyCheckContext, key: JudgedKey) {
    this.#context = context
    this.#key = key
    this.#versions = key.versions
  }

  /** In the order of their ends. */
  learn(row: number): void {
    const { reads } = this.#context
    const rank = this.#rankOf(row)
    // A read of nothing may have been any absent version: it is no base.
    if (Number.isNaN(reads.version(row)) || rank === -1) return
    if (reads.excused(row) || !this.#isPrompt(rank)) return
    const process = reads.process(row)
    let seen = this.#seen.get(process)
    if (seen === undefined) {
      seen = createSteps()
      this.#seen.set(process, seen)
    }
    seen.add(reads.endedAt(row), rank)
  }

  judge(row: number): void {
    const { reads, tally } = this.#context
    const rank = this.#rankOf(row)
    this.#row = row
    this.#rank = rank
    this.#startedAt = reads.startedAt(row)
    this.#standing = this.#standingOf(this.#startedAt)
    this.#stale = rank === -1 ? undefined : this.#versions.acknowledgedAbove(rank)
    const excused = reads.excused(row)
    tally.read({ standing: this.#standing, excused, ageMs: rank === -1 ? undefined : this.#ageMs() })
    if (rank === -1) this.#violate('c')
    else {
      this.#judgeFuture()
      if (!excused) this.#judgePromise()
    }
    if (!excused) this.#judgeLife()
    tally.endRead()
  }

  #judgeFuture(): void {
    const endedAt = this.#context.reads.endedAt(this.#row)
    const since = this.#versions.committedAt(this.#rank)
    if (since <= endedAt) return
    this.#violate('b', { rank: this.#versions.committedBy(endedAt), at: since })
  }

  #judgePromise(): void {
    const { reads, options } = this.#context
    const { boundMs: limitMs } = options
    if (this.#ageMs() > limitMs) this.#violate('a', this.#stale, limitMs)
    const process = reads.process(this.#row)
    this.#violateAbove('d', this.#seen.get(process)?.before(this.#startedAt, limitMs), limitMs)
    const { highest } = this.#versions
    if (reads.final(this.#row) && this.#rank !== highest)
      this.#violate('e', { rank: highest, at: Number.NaN })
    if (this.#standing !== 'suspended')
      this.#violateAbove('g', this.#versions.ownBefore(process, this.#startedAt), 0)
  }

  #judgeLife(): void {
    const { ttlMs, ttlSlackMs } = this.#context.options
    const since = this.#context.reads.madeAt(this.#row)
    const limitMs = ttlMs + ttlSlackMs
    if (this.#startedAt - since > limitMs) this.#violate('f', { rank: -1, at: since }, limitMs)
  }

  #violateAbove(rule: HistoryRule, step: Step | undefined, limitMs: number): void {
    if (step !== undefined && step.rank > this.#rank) this.#violate(rule, step, limitMs)
  }

  /** @param due What was, and what the rule counts from. */
  #violate(rule: HistoryRule, due: Step = nothingDue, limitMs = 0): void {
    const { reads, tally } = this.#context
    // The life of a value needs no bus: a suspended promise does not lengthen it.
    const standing = rule === 'f' && this.#standing === 'suspended' ? 'promised' : this.#standing
    if (!tally.violate(rule, standing, this.#startedAt)) return
    tally.tell({
      rule,
      read: reads.read(this.#row, this.#key.key),
      judgedAs: this.#versions.version(this.#rank),
      expected: this.#versions.version(due.rank),
      since: Number.isNaN(due.at) ? undefined : due.at,
      limitMs,
      ageMs: this.#ageMs(),
    })
  }

  /**
   * Whether it, or a higher one, was acknowledged within the bound of its commit. Others are no base for rule d: until
   * they are acknowledged, the version before may be read wherever this one was not kept.
   */
  #isPrompt(rank: number): boolean {
    const acknowledged = this.#versions.acknowledgedAbove(rank - 1)
    if (acknowledged === undefined) return false
    const { at } = acknowledged
    return (
      at === Number.NEGATIVE_INFINITY ||
      at - this.#versions.committedAt(rank) <= this.#context.options.boundMs
    )
  }

  #ageMs(): number {
    return this.#stale === undefined ? 0 : Math.max(0, this.#startedAt - this.#stale.at)
  }

  #standingOf(startedAt: number): Standing {
    if (this.#key.outside) return 'outside'
    return this.#context.suspensions.covers(startedAt) ? 'suspended' : 'promised'
  }

  /** A read of nothing is given the benefit of the doubt: the highest version that it may have seen absent. */
  #rankOf(row: number): number {
    const { reads } = this.#context
    const version = reads.version(row)
    return Number.isNaN(version)
      ? this.#versions.absentBy(reads.endedAt(row))
      : this.#versions.rankOf(version)
  }
}

/** Mostly they were told in that order. */
function sortByEnd(rows: Int32Array, reads: ReadRows): void {
  const inOrder = rows.every(
    (row, index) => index === 0 || reads.endedAt(rows[index - 1] ?? row) <= reads.endedAt(row),
  )
  if (!inOrder) rows.sort((a, b) => reads.endedAt(a) - reads.endedAt(b))
}
