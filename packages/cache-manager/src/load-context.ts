/** What a loader is given, and what it said with it. */
import { type Entry, InvalidArgumentError } from '@greenlang/core'
import { LoadFailedError } from './error.ts'
import { type KeepSettings, keepSettings } from './load-settings.ts'
import type { KeepOptions, LoadContext } from './load-types.ts'

/** What stands for "what there is has not changed". */
const unchanged: unique symbol = Symbol('not modified')

export class Told implements LoadContext {
  readonly stale: Entry | undefined
  readonly signal: AbortSignal
  #settings: KeepSettings

  constructor(stale: Entry | undefined, signal: AbortSignal, settings: KeepSettings) {
    this.stale = stale
    this.signal = signal
    this.#settings = settings
  }

  /** Of the value, as the loader left them. */
  get settings(): KeepSettings {
    return this.#settings
  }

  // Bound, so that a loader may take them apart.
  readonly configure = (options: KeepOptions): void => {
    this.#settings = { ...this.#settings, ...keepSettings('configure', options) }
  }

  readonly notModified = (): never => {
    if (this.stale === undefined)
      throw new InvalidArgumentError('notModified()', 'called only where context.stale is there', undefined)
    return unchanged as never
  }

  readonly fail = (reason: unknown): never => {
    throw new LoadFailedError(reason)
  }

  /** The value that was meant. */
  valueOf(returned: unknown): unknown {
    return returned === unchanged ? this.stale?.value : returned
  }
}
