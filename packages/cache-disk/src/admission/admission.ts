/** Which values are worth writing: a disk wears out by writes, and a value that nobody asks for again was written for nothing. */
import {
  type ByteSize,
  type Clock,
  checkInteger,
  checkOptions,
  type Duration,
  parseByteSize,
  parseDuration,
} from '@greenlang/core'
import { RecentSets } from './recent-sets.ts'
import { WriteBudget } from './write-budget.ts'

/** What need not be written. A value that is not written leaves its key absent: the older one goes. */
export interface AdmissionOptions {
  /** Remaining life below which a value is not written. > 0. Default: none. */
  minLife?: Duration
  /**
   * How many sets of a key, this one included, there must have been among the last 100,000 or so of all keys before it is
   * written; they are not remembered over restarts. 1 to 15. Default `1`.
   */
  afterSets?: number
  /**
   * Most bytes of values written in any 24 h, restarts included: a quarter may come at once, the rest is given evenly over
   * the day. A value larger than that quarter is never written. >= `'1mb'`. Default: no bound.
   */
  dailyBytes?: ByteSize
}

export interface AdmissionSettings {
  readonly minLifeMs: number
  readonly afterSets: number
  /** `undefined`: no bound. */
  readonly dailyBytes: number | undefined
}

export type Refusal = 'short-lived' | 'seen-too-seldom' | 'over-budget'

export interface Admission {
  /**
   * Whether it may come to be written, as far as that can be told before it is encoded. `false` counts the set and the
   * refusal, for `judge` is not asked then; `true` counts nothing. @param name 64 hex digits, SHA-256 of the key.
   * @param expiresAt In ms since the epoch.
   */
  mayAdmit(name: string, expiresAt: number): boolean
  /**
   * `undefined`: write it; its bytes are taken from the budget. Else why not. Counts the set. @param bytes Length of its file.
   * @param isHeld Whether the key is on the disk already: then it was seen often enough. Default `false`.
   */
  judge(name: string, expiresAt: number, bytes: number, isHeld?: boolean): Refusal | undefined
  /**
   * What `createAdmission` takes as `saved` after a restart; `undefined` while nothing has to be kept. To be stored with
   * the rows of what was written, so that a process that dies again and again does not renew its budget.
   */
  save(): string | undefined
  /** Sets refused so far, by reason. */
  counts(): AdmissionCounts
}

export interface AdmissionCounts {
  readonly shortLived: number
  readonly seldom: number
  readonly overBudget: number
}

export interface AdmissionParts {
  readonly clock: Clock
  /** Entries the tier can hold. */
  readonly maxEntries: number
  /** What `save` of an earlier process said; whatever else it is counts for nothing. Default: a new budget. */
  readonly saved?: string | undefined
}

const known = ['minLife', 'afterSets', 'dailyBytes']
const mostSets = 15
const leastDailyBytes = 1024 ** 2

/** @throws InvalidOptionError naming `admission.minLife` and the like. */
export function parseAdmission(options: AdmissionOptions = {}): AdmissionSettings {
  checkOptions('admission', options, known)
  const { minLife, afterSets = 1, dailyBytes } = options
  return {
    minLifeMs: minLife === undefined ? 0 : parseDuration('admission.minLife', minLife),
    afterSets: checkInteger('admission.afterSets', afterSets, 1, mostSets),
    dailyBytes:
      dailyBytes === undefined
        ? undefined
        : parseByteSize('admission.dailyBytes', dailyBytes, leastDailyBytes),
  }
}

export function createAdmission(settings: AdmissionSettings, parts: AdmissionParts): Admission {
  const { minLifeMs, afterSets, dailyBytes } = settings
  const isOff = minLifeMs === 0 && afterSets === 1 && dailyBytes === undefined
  return isOff ? admitsAll : new Doorman(settings, parts)
}

const noRefusals: AdmissionCounts = Object.freeze({ shortLived: 0, seldom: 0, overBudget: 0 })

const admitsAll: Admission = Object.freeze({
  mayAdmit: () => true,
  judge: () => undefined,
  save: () => undefined,
  counts: () => noRefusals,
})

/** The window of sets in which a key may come again. */
const leastWindow = 1024
const mostWindow = 2 ** 17
/** Of TinyLFU: a window of ten times what is kept tells what is worth keeping. */
const setsAnEntry = 10

class Doorman implements Admission {
  readonly #clock: Clock
  readonly #minLifeMs: number
  readonly #afterSets: number
  readonly #recent: RecentSets | undefined
  readonly #budget: WriteBudget | undefined
  readonly #counts = { shortLived: 0, seldom: 0, overBudget: 0 }

  constructor(settings: AdmissionSettings, { clock, maxEntries, saved }: AdmissionParts) {
    const { minLifeMs, afterSets, dailyBytes } = settings
    this.#clock = clock
    this.#minLifeMs = minLifeMs
    this.#afterSets = afterSets
    const window = Math.min(Math.max(maxEntries * setsAnEntry, leastWindow), mostWindow)
    this.#recent = afterSets > 1 ? new RecentSets(window) : undefined
    this.#budget = dailyBytes === undefined ? undefined : new WriteBudget(clock, dailyBytes, saved)
  }

  mayAdmit(name: string, expiresAt: number): boolean {
    if (!this.#weigh(expiresAt, 1 + (this.#recent?.seen(name) ?? 0))) return true
    this.#recent?.count(name)
    return false
  }

  judge(name: string, expiresAt: number, bytes: number, isHeld = false): Refusal | undefined {
    const sets = this.#recent?.count(name) ?? 1
    const refusal = this.#weigh(expiresAt, isHeld ? mostSets : sets)
    if (refusal || !this.#budget || this.#budget.take(bytes)) return refusal
    this.#counts.overBudget += 1
    return 'over-budget'
  }

  save(): string | undefined {
    return this.#budget?.save()
  }

  counts(): AdmissionCounts {
    return { ...this.#counts }
  }

  #weigh(expiresAt: number, sets: number): Refusal | undefined {
    if (expiresAt - this.#clock.turn() < this.#minLifeMs) {
      this.#counts.shortLived += 1
      return 'short-lived'
    }
    if (sets >= this.#afterSets) return undefined
    this.#counts.seldom += 1
    return 'seen-too-seldom'
  }
}
