import type { Duration, EntryOptions } from '@greenlang/core'
import type { Loader } from '../load-types.ts'

/** A key, or a key with what is known of it. */
export type WarmItem = string | WarmEntry

export interface WarmEntry extends EntryOptions {
  readonly key: string
  /** Makes the value where no tier has it. Default: `load` of the options, else it stays absent. */
  readonly load?: Loader<unknown>
  /** Higher ones first, within what is read of the source at once. Default `0`. */
  readonly priority?: number
}

export interface WarmOptions {
  /** When it ends, done or not. > 0. Default `'5s'`. */
  deadline?: Duration
  /** Keys asked for at once. Whole, >= 1. Default `64`. */
  concurrency?: number
  /** Number of loads at once, so that the source is not stampeded. Whole, >= 1. Default `8`. */
  loadsAtOnce?: number
  /** Makes the value of a key that no tier has. Default: it stays absent. */
  load?: (key: string) => ReturnType<Loader<unknown>>
  /** Ends it early. Default: never. */
  signal?: AbortSignal
  /** Told how far it is, every sixteen batches and at its end; what it throws is dropped. Default: nobody. */
  onProgress?: (progress: WarmProgress) => void
}

export interface WarmProgress {
  /** Keys it asked for. */
  readonly asked: number
  /** Of those, now in the fastest tier. */
  readonly warmed: number
  /** Of those, nowhere to be found. */
  readonly absent: number
  /** Of those, whose load failed. */
  readonly failed: number
}

export interface WarmReport extends WarmProgress {
  /** Whether the source was read to its end. */
  readonly done: boolean
  readonly durationMs: number
}
