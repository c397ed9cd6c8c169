import { notify } from '@greenlang/core'

/** Why an entry left. `invalidated`: it had been marked by an invalidation before it went, for whatever reason. */
export type RemovalReason = 'evicted' | 'expired' | 'replaced' | 'deleted' | 'invalidated'

/** Told once for each value that was stored, after it has left. */
export type RemovalListener<T> = (key: string, value: T | undefined, reason: RemovalReason) => void

interface Removal<T> {
  readonly key: string
  readonly value: T | undefined
  readonly reason: RemovalReason
}

/**
 * Tells the listener of what left, when the operation that removed it is complete: a listener may call the tier, and
 * what that removes is told after. What it throws is dropped, for it must not cost a caller a read or a write.
 */
export class Removals<T> {
  readonly #listener: RemovalListener<T>
  #waiting: Removal<T>[] = []
  #telling = false

  constructor(listener: RemovalListener<T>) {
    this.#listener = listener
  }

  add(key: string, value: T | undefined, reason: RemovalReason): void {
    this.#waiting.push({ key, value, reason })
  }

  tell(): void {
    if (this.#telling || this.#waiting.length === 0) return
    this.#telling = true
    for (let next = 0; next < this.#waiting.length; next += 1) this.#tellOne(this.#waiting[next])
    this.#waiting = []
    this.#telling = false
  }

  #tellOne(removal: Removal<T> | undefined): void {
    if (removal === undefined) return
    const { key, value, reason } = removal
    notify(() => this.#listener(key, value, reason), undefined)
  }
}
