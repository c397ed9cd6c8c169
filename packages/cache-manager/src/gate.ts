/**
 * The cache's side of one tier. Whatever the tier does, a read answers with an entry or with nothing, and a change with
 * whether it took effect; failures become events. What a failed change may have left behind is in doubt: it is not asked
 * for until a delete, a set or a clear has reached the tier, which the next read for the key tries in the background.
 */
import type { Awaitable, Clock, Entry, InvalidationMode, Tier, TierOperation } from '@greenlang/core'
import type { Background } from './background.ts'
import { createDoubts, maxDoubtedKeys } from './doubts.ts'
import type { Emitter } from './emitter.ts'
import { isThenable } from './thenable.ts'
import type { TierCounts } from './tier-counts.ts'

export interface GateOptions {
  /** Guarded, and in order. */
  readonly tier: Tier
  readonly counts: TierCounts
  readonly clock: Clock
  readonly emitter: Emitter
  readonly background: Background
  /** Keys in doubt before the whole tier is. Default `maxDoubtedKeys`. */
  readonly maxDoubts?: number
}

/** Fills that may wait for a tier; a load beyond them is not stored there. */
const maxPendingFills = 1_024
/** Keys whose delete is tried again at one time. */
const maxRepairs = 64
/** Between two tries to clear a tier that is in doubt as a whole, in ms. */
const clearEveryMs = 5_000

export function createGate(options: GateOptions): Gate {
  return new Gate(options)
}

class Gate {
  readonly name: string
  readonly scope: Tier['scope']
  readonly counts: TierCounts
  /** Whether it has always answered at once so far: a memory. */
  local: boolean
  readonly #tier: Tier
  readonly #clock: Clock
  readonly #emitter: Emitter
  readonly #background: Background
  readonly #doubts
  readonly #repairing = new Set<string>()
  #pendingFills = 0
  #clearing = false
  #nextClearAt = Number.NEGATIVE_INFINITY

  constructor(options: GateOptions) {
    const { tier } = options
    this.name = tier.name
    this.scope = tier.scope
    this.local = tier.scope === 'process' && tier.guarded
    this.counts = options.counts
    this.#tier = tier
    this.#clock = options.clock
    this.#emitter = options.emitter
    this.#background = options.background
    this.#doubts = createDoubts(options.maxDoubts ?? maxDoubtedKeys)
  }

  /** Whether the whole tier is bypassed until a clear succeeds. */
  get bypassed(): boolean {
    return this.#doubts.needsClear
  }

  /** Whether the tier may be asked for the key. If not, sees to it that it may be soon. */
  trusts(key: string): boolean {
    if (this.#doubts.none || !this.#doubts.has(key)) return true
    this.#repair(key)
    return false
  }

  /** Never rejects. */
  read(key: string): Awaitable<Entry | undefined> {
    try {
      const answer = this.#tier.get(key)
      if (!isThenable(answer)) return answer
      this.local = false
      return answer.then(undefined, error => this.#failed('get', error))
    } catch (error) {
      return this.#failed('get', error)
    }
  }

  /** Stores a copy. If that fails, the tier holds nothing worse than before. */
  fill(key: string, entry: Entry): Awaitable<boolean> {
    if (this.#doubts.everything || this.#pendingFills >= maxPendingFills) return false
    const doubt = this.#doubts.latest
    const filled = this.#attempt('set', () => this.#tier.set(key, entry))
    if (!isThenable(filled)) return this.#settle(filled, [key], doubt)
    this.#pendingFills += 1
    return filled.then(stored => {
      this.#pendingFills -= 1
      return this.#settle(stored, [key], doubt)
    })
  }

  /** Stores a value in place of an older one. If that fails, the older one may still be there. */
  replace(key: string, entry: Entry): Awaitable<boolean> {
    return this.#change([key], 'set', () => this.#tier.set(key, entry))
  }

  remove(keys: readonly string[], mode: InvalidationMode): Awaitable<boolean> {
    if (mode === 'invalidate') return this.#change(keys, 'invalidate', () => this.#tier.invalidateMany(keys))
    return this.#change(keys, 'delete', () => this.#tier.deleteMany(keys))
  }

  clear(): Awaitable<boolean> {
    const cleared = this.#attempt('clear', () => this.#tier.clear())
    const doubt = cleared === true ? this.#doubts.latest : this.#doubts.raiseAll()
    const settle = (done: boolean) => {
      if (done) this.#doubts.settleAll(doubt)
      return done
    }
    return isThenable(cleared) ? cleared.then(settle) : settle(cleared)
  }

  close(): Awaitable<void> {
    return this.#tier.close()
  }

  /** In doubt from the call on: what is read while the change is under way may be what it removes. */
  #change(
    keys: readonly string[],
    operation: TierOperation,
    change: () => Awaitable<void>,
  ): Awaitable<boolean> {
    const changed = this.#attempt(operation, change)
    if (changed === true) return this.#settle(true, keys, this.#doubts.latest)
    const doubt = this.#doubts.raise(keys)
    const conclude = (done: boolean) => {
      this.#doubts.conclude(keys, doubt, done)
      return done
    }
    return isThenable(changed) ? changed.then(conclude) : conclude(false)
  }

  #settle(done: boolean, keys: readonly string[], doubt: number): boolean {
    if (done && !this.#doubts.none) this.#doubts.settle(keys, doubt)
    return done
  }

  #attempt(operation: TierOperation, change: () => Awaitable<void>): Awaitable<boolean> {
    try {
      const changed = change()
      if (!isThenable(changed)) return true
      return changed.then(
        () => true,
        error => this.#failed(operation, error) ?? false,
      )
    } catch (error) {
      return this.#failed(operation, error) ?? false
    }
  }

  #failed(operation: TierOperation, error: unknown): undefined {
    this.counts.failures += 1
    this.#emitter.emit({ type: 'tier-failure', tier: this.name, operation, error })
  }

  #repair(key: string): void {
    if (this.#doubts.needsClear) this.#tryClear()
    else if (!this.#doubts.needsDelete(key)) return
    else if (!this.#repairing.has(key) && this.#repairing.size < maxRepairs) {
      this.#repairing.add(key)
      this.#background.track(this.#removeAgain(key))
    }
  }

  async #removeAgain(key: string): Promise<void> {
    await this.remove([key], 'delete')
    this.#repairing.delete(key)
  }

  #tryClear(): void {
    if (this.#clearing || this.#clock.turn() < this.#nextClearAt) return
    this.#clearing = true
    this.#nextClearAt = this.#clock.turn() + clearEveryMs
    this.#background.track(this.#clearAgain())
  }

  async #clearAgain(): Promise<void> {
    await this.clear()
    this.#clearing = false
  }
}

export type { Gate }
