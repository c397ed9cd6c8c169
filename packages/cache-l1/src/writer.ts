import { createEntry, type Duration, type Entry, InvalidArgumentError, parseDuration } from '@greenlang/core'
import { entering } from './entering.ts'
import type { KeySpace } from './key-space.ts'
import { packs } from './packed-entries.ts'
import type { RemovalReason } from './removals.ts'
import { type Settings, wholeMs } from './settings.ts'
import type { Store } from './store.ts'

/**
 * Puts entries into one key space and takes them out. Whatever could not be kept was to replace what is there, which
 * goes: nobody reads on what somebody meant to overwrite.
 */
export class Writer<T> {
  readonly #settings: Settings<T>
  readonly #store: Store<T>
  readonly #space: KeySpace

  constructor(settings: Settings<T>, store: Store<T>, space: KeySpace) {
    this.#settings = settings
    this.#store = store
    this.#space = space
  }

  put(key: string, value: T, ttl: Duration | undefined): boolean {
    let kept = false
    try {
      kept = this.#put(key, value, this.#lifeOf(ttl))
    } catch (error) {
      this.remove(key, 'replaced')
      throw error
    }
    this.#store.removals?.tell()
    return kept
  }

  set(key: string, entry: Entry<T>): boolean {
    this.#space.sets += 1
    let kept = false
    try {
      const lasting = entering(entry, this.#settings, this.#settings.clock.turn())
      if (lasting === undefined) this.remove(key, 'replaced')
      else kept = this.#store.set(this.#space, key, lasting)
    } catch (error) {
      this.remove(key, 'replaced')
      throw error
    }
    this.#store.removals?.tell()
    return kept
  }

  #put(key: string, value: T, life: number): boolean {
    if (value === undefined) throw new InvalidArgumentError('value', 'anything but undefined', value)
    const { keeping, clock } = this.#settings
    if (!packs(life)) return this.set(key, createEntry(value, { ttl: life }, { clock }))
    this.#space.sets += 1
    return this.#store.put(this.#space, key, keeping.in === undefined ? value : keeping.in(value), life)
  }

  #lifeOf(ttl: Duration | undefined): number {
    const { ttlMs, maxTtlMs } = this.#settings
    return Math.min(ttl === undefined ? ttlMs : wholeMs('ttl', parseDuration('ttl', ttl)), maxTtlMs)
  }

  /** Whether there was something that had not expired. */
  remove(key: string, reason: RemovalReason): boolean {
    const slot = this.live(key)
    if (slot === undefined) return false
    this.#store.remove(slot, reason)
    this.#store.removals?.tell()
    return true
  }

  /** The slot of what has not expired; what has goes. */
  live(key: string): number | undefined {
    const slot = this.#space.slots.get(key)
    if (slot === undefined || this.#store.packed.expiresAt(slot) > this.#settings.clock.turn()) return slot
    this.#store.remove(slot, 'expired')
    this.#store.removals?.tell()
    return undefined
  }
}
