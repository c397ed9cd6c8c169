/** What a loader of many keys is given, and what it said with it. */
import { type Entry, InvalidArgumentError } from '@greenlang/core'
import { LoadFailedError } from './error.ts'
import { type KeepSettings, keepSettings } from './load-settings.ts'
import type { KeepOptions, ManyLoadContext } from './load-types.ts'

export class ToldMany implements ManyLoadContext {
  readonly stale: ReadonlyMap<string, Entry>
  readonly signal: AbortSignal
  readonly #keys: ReadonlySet<string>
  readonly #settings: KeepSettings
  readonly #own = new Map<string, KeepSettings>()
  readonly #unchanged = new Set<string>()
  readonly #failures = new Map<string, unknown>()

  constructor(asked: ReadonlyMap<string, Entry | undefined>, signal: AbortSignal, settings: KeepSettings) {
    this.#keys = new Set(asked.keys())
    const stale = new Map<string, Entry>()
    for (const [key, entry] of asked) if (entry) stale.set(key, entry)
    this.stale = stale
    this.signal = signal
    this.#settings = settings
  }

  // Bound, so that a loader may take them apart.
  readonly configure = (key: string, options: KeepOptions): void => {
    this.#assertAsked(key)
    this.#own.set(key, { ...this.settingsOf(key), ...keepSettings('configure', options) })
  }

  readonly notModified = (key: string): void => {
    if (!this.stale.has(key))
      throw new InvalidArgumentError('notModified(key)', 'the key of an entry in context.stale', key)
    this.#unchanged.add(key)
  }

  readonly fail = (key: string, reason: unknown): void => {
    this.#assertAsked(key)
    this.#failures.set(key, reason)
  }

  settingsOf(key: string): KeepSettings {
    return this.#own.get(key) ?? this.#settings
  }

  /** The value that was meant. @throws LoadFailedError where the loader said so. */
  valueOf(key: string, returned: ReadonlyMap<string, unknown>): unknown {
    if (this.#failures.has(key)) throw new LoadFailedError(this.#failures.get(key))
    return this.#unchanged.has(key) ? this.stale.get(key)?.value : returned.get(key)
  }

  #assertAsked(key: string): void {
    if (!this.#keys.has(key)) throw new InvalidArgumentError('key', 'one of the keys asked for', key)
  }
}
