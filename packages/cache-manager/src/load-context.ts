/** What a loader is given, and what it said with it. */
import { type Entry, type EntryOptions, InvalidArgumentError } from '@greenlang/core'
import type { LoadContext } from './cache-types.ts'
import { type EntrySettings, entrySettings } from './entry-settings.ts'
import { LoadFailedError } from './error.ts'

/** What stands for "what there is has not changed". */
const unchanged: unique symbol = Symbol('not modified')

export class Told implements LoadContext {
  readonly stale: Entry | undefined
  readonly signal: AbortSignal
  #settings: EntrySettings

  constructor(stale: Entry | undefined, signal: AbortSignal, settings: EntrySettings) {
    this.stale = stale
    this.signal = signal
    this.#settings = settings
  }

  /** Of the value, as the loader left them. */
  get settings(): EntrySettings {
    return this.#settings
  }

  configure(options: EntryOptions): void {
    this.#settings = { ...this.#settings, ...entrySettings('configure', options) }
  }

  notModified(): never {
    if (this.stale === undefined)
      throw new InvalidArgumentError('notModified()', 'called only where context.stale is there', undefined)
    return unchanged as never
  }

  fail(reason: unknown): never {
    throw new LoadFailedError(reason)
  }

  /** The value that was meant. */
  valueOf(returned: unknown): unknown {
    return returned === unchanged ? this.stale?.value : returned
  }
}
