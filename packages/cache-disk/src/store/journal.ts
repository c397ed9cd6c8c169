/**
 * What is remembered of the bus over restarts: up to where its frames were applied to what is stored.
 *
 * The stamp is committed with the removals it covers or after them, and after every write that was begun before it: a
 * write under way may replace an entry that the frame was about. `vouch` counts how often trust was lost; an entry that
 * was stored under another count is vouched for by nobody.
 */
import type { Removal, Stamp } from '@greenlang/core'

export interface JournalParts {
  /** Resolves once the writes begun so far have ended. */
  written(): Promise<void>
  /** Applies it to the index, and hands it to the next commit. */
  removeNow(removal: Removal): void
  fact(name: string, text: string): void
  flush(): Promise<void>
}

export interface JournalState {
  readonly applied: Stamp | undefined
  readonly vouch: number
}

export const journalFact = 'journal'
/** Under it nobody vouches; the count of losses begins above it. */
const nobody = 0

export class DiskJournal {
  readonly #parts: JournalParts
  #state: JournalState
  #losses = 0
  /** What the next commit takes; the last mark counts for all before it. */
  #queued: { stamp: Stamp; losses: number; readonly done: Promise<void> } | undefined
  #running: Promise<void> = Promise.resolve()

  #lostAt = Number.NEGATIVE_INFINITY

  constructor(parts: JournalParts, state: JournalState) {
    this.#parts = parts
    this.#state = state
  }

  /** What an entry is stored under that was checked then: only what was checked since trust was lost is vouched for. */
  vouchFor(checkedAt: number | undefined): number {
    return checkedAt !== undefined && checkedAt > this.#lostAt ? this.#state.vouch : nobody
  }

  get vouch(): number {
    return this.#state.vouch
  }

  /** What is to be written into a new index. */
  get text(): string {
    return JSON.stringify(this.#state)
  }

  read(): Stamp | undefined {
    return this.#state.applied
  }

  mark(stamp: Stamp, removal?: Removal): Promise<void> {
    if (removal) this.#parts.removeNow(removal)
    if (this.#queued) {
      Object.assign(this.#queued, { stamp, losses: this.#losses })
      return this.#queued.done
    }
    const done = this.#running.then(() => this.#commit())
    this.#queued = { stamp, losses: this.#losses, done }
    this.#running = done.catch(() => undefined)
    return done
  }

  /** @param at When trust was lost, by the clock that entries are checked by. */
  distrust(at: number): Promise<void> {
    this.#losses += 1
    this.#lostAt = at
    this.#state = { applied: undefined, vouch: this.#state.vouch + 1 }
    return this.#save()
  }

  async #commit(): Promise<void> {
    const marked = this.#queued
    this.#queued = undefined
    await this.#parts.written()
    if (!marked || marked.losses !== this.#losses) return
    this.#state = { ...this.#state, applied: marked.stamp }
    await this.#save()
  }

  #save(): Promise<void> {
    this.#parts.fact(journalFact, this.text)
    return this.#parts.flush()
  }
}

/** Anything but what was written is as good as nothing. */
export function parseJournal(text: string | undefined): JournalState {
  const nothing = { applied: undefined, vouch: 0 }
  if (text === undefined) return nothing
  try {
    const { applied, vouch } = JSON.parse(text) as Partial<JournalState>
    if (!Number.isSafeInteger(vouch)) return nothing
    const isStamp = typeof applied?.history === 'string' && Number.isSafeInteger(applied.sequence)
    return { applied: isStamp ? applied : undefined, vouch: vouch as number }
  } catch {
    return nothing
  }
}
