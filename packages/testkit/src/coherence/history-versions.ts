import { countWhile, createSteps, type Step, type Steps } from './history-steps.ts'
import type { WriteRows } from './history-writes.ts'

/** The versions of one key, by rank: 0 is the lowest, and every next one is higher. A rank of -1 is none. */
export interface Versions {
  /** Rank of the highest. */
  readonly highest: number
  version(rank: number): number | undefined
  rankOf(version: number): number
  /** The highest that was committed by `moment`. */
  committedBy(moment: number): number
  /** The highest absent one that was committed by `moment`. */
  absentBy(moment: number): number
  /** Of the higher ones, the one acknowledged first, and when. */
  acknowledgedAbove(rank: number): Step | undefined
  /** No later than the commit of any higher version: versions rise in commit order. */
  committedAt(rank: number): number
  /** The highest whose write had returned in `process` before `moment`. */
  ownBefore(process: number, moment: number): Step | undefined
}

/** @param rows What was written to the key. Without a version 0 it has one that was always there. */
export function createVersions(writes: WriteRows, rows: readonly number[]): Versions {
  return new RankedVersions(writes, rows)
}

const always = Number.NEGATIVE_INFINITY

class RankedVersions implements Versions {
  readonly #versions: number[] = []
  readonly #committedAt: number[] = []
  /** Of each rank: the highest absent one up to it. */
  readonly #absent: number[] = []
  /** Of each rank: which one from it on was acknowledged first. */
  readonly #acknowledged: (Step | undefined)[]
  readonly #own = new Map<number, Steps>()

  constructor(writes: WriteRows, rows: readonly number[]) {
    const sorted = rows.toSorted((a, b) => writes.version(a) - writes.version(b))
    const hasZero = sorted[0] !== undefined && writes.version(sorted[0]) === 0
    const acknowledgedAt: number[] = []
    if (!hasZero) {
      this.#add({ version: 0, committedAt: always, absent: false })
      acknowledgedAt.push(always)
    }
    for (const row of sorted) {
      this.#add({
        version: writes.version(row),
        committedAt: writes.committedAt(row),
        absent: writes.absent(row),
      })
      acknowledgedAt.push(writes.acknowledgedAt(row))
    }
    for (let rank = this.highest - 1; rank >= 0; rank -= 1)
      this.#committedAt[rank] = Math.min(this.committedAt(rank), this.committedAt(rank + 1))
    this.#acknowledged = earliestFrom(acknowledgedAt)
    this.#indexOwn(writes, rows)
  }

  get highest(): number {
    return this.#versions.length - 1
  }

  version(rank: number): number | undefined {
    return this.#versions[rank]
  }

  rankOf(version: number): number {
    const rank = countWhile(this.#versions.length, index => (this.#versions[index] ?? version) < version)
    return this.#versions[rank] === version ? rank : -1
  }

  committedBy(moment: number): number {
    return countWhile(this.#committedAt.length, rank => this.committedAt(rank) <= moment) - 1
  }

  absentBy(moment: number): number {
    return this.#absent[this.committedBy(moment)] ?? -1
  }

  acknowledgedAbove(rank: number): Step | undefined {
    return this.#acknowledged[rank + 1]
  }

  committedAt(rank: number): number {
    return this.#committedAt[rank] ?? Number.NaN
  }

  ownBefore(process: number, moment: number): Step | undefined {
    return this.#own.get(process)?.before(moment, 0)
  }

  #add({ version, committedAt, absent }: { version: number; committedAt: number; absent: boolean }): void {
    const rank = this.#versions.push(version) - 1
    this.#committedAt.push(committedAt)
    this.#absent.push(absent ? rank : (this.#absent.at(-1) ?? -1))
  }

  #indexOwn(writes: WriteRows, rows: readonly number[]): void {
    const returned = rows.filter(row => !Number.isNaN(writes.returnedAt(row)))
    for (const row of returned.sort((a, b) => compare(writes.returnedAt(a), writes.returnedAt(b)))) {
      const steps = this.#own.get(writes.process(row)) ?? createSteps()
      this.#own.set(writes.process(row), steps)
      steps.add(writes.returnedAt(row), this.rankOf(writes.version(row)))
    }
  }
}

/** Of each rank, the first of the acknowledgements from it on; of several at once, that of the lowest version. */
function earliestFrom(acknowledgedAt: readonly number[]): (Step | undefined)[] {
  const earliest = new Array<Step | undefined>(acknowledgedAt.length)
  let first: Step | undefined
  for (let rank = acknowledgedAt.length - 1; rank >= 0; rank -= 1) {
    const at = acknowledgedAt[rank] ?? Number.NaN
    if (!Number.isNaN(at) && at <= (first?.at ?? Number.POSITIVE_INFINITY)) first = { at, rank }
    earliest[rank] = first
  }
  return earliest
}

/** A difference would not do: two infinities have none. */
function compare(a: number, b: number): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
