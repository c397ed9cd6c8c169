import type { EnvelopeStats } from '@greenlang/codec'
import type { Awaitable, Entry, Journal, Tier, TierStats } from '@greenlang/core'

/** A tier on a local disk. */
export interface DiskTier<T = unknown> extends Tier<T> {
  /** What is remembered of the bus over restarts. */
  readonly journal: Journal
  /** At once where the file is small and the disk quick; else a promise. */
  get(key: string, signal?: AbortSignal): Awaitable<Entry<T> | undefined>
  stats(): DiskStats
  /** The entries that are read most, the hottest first; it remembers them over restarts. @param count Whole, >= 1. */
  topKeys(count: number): Promise<readonly HotKey[]>
  /** Makes the index file as small as it can be. Writes wait meanwhile; reads do not. */
  vacuum(): Promise<Vacuumed>
  /** Resolves once files and index were made to agree after the directory was opened. */
  reconciled(): Promise<Reconciled>
}

export interface DiskStats extends TierStats {
  /** `closed`: nothing was asked of it yet, or it is closed. */
  readonly state: DiskState
  /** Bytes of value files written, headers and trailers included. */
  readonly writtenBytes: number
  /** Bytes of encoded values that were stored, before compression. */
  readonly storedBytes: number
  /** Heap that the index takes, about, in bytes. */
  readonly indexBytes: number
  /** Sets that were not written because of `admission`. */
  readonly notAdmitted: number
  readonly compression: EnvelopeStats
}

export type DiskState = 'closed' | 'opening' | 'ok' | 'read-only' | 'off'

export interface HotKey {
  readonly key: string
  /** Uses, each counted half as much an hour later. */
  readonly uses: number
  readonly createdAt: number
  readonly staleAt: number
  readonly expiresAt: number
  /** Length of its file in bytes. */
  readonly size: number
}

export interface Vacuumed {
  readonly bytesBefore: number
  readonly bytesAfter: number
}

export interface Reconciled {
  /** Files that no entry had; they are removed. */
  readonly orphans: number
  /** Entries whose file was gone or of another length; they are dropped. */
  readonly missing: number
}
