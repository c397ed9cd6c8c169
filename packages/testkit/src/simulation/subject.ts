/** What the workload drives: our engine, or the naive cache that it is compared with. */
import type { Invalidation } from '@greenlang/core'
import type { Load } from '@greenlang/core/coherence'

export interface SubjectAnswer {
  readonly value: unknown
  readonly source: string
  /** Flagged stale to its caller. */
  readonly stale: 'slow' | 'failed' | 'cut' | undefined
}

export interface SubjectRead {
  readonly key: string
  readonly load: Load
  readonly softMs: number | undefined
  readonly refreshAfter: number | undefined
}

export interface SubjectWrite {
  readonly key: string
  readonly value: unknown
  readonly version: number | undefined
  readonly ttlMs: number
}

export interface Subject {
  get(key: string): Promise<SubjectAnswer | undefined>
  getOrSet(read: SubjectRead): Promise<SubjectAnswer>
  /** Reads by a claim: what is there, or what the source says, kept under the claim. */
  claim(read: SubjectRead): Promise<SubjectAnswer>
  /** When it was acknowledged; `undefined` if it was not. */
  set(write: SubjectWrite): Promise<number | undefined>
  /** `keys`: what the invalidation comes to, for a cache that knows no tags and patterns. */
  invalidate(
    invalidation: Invalidation,
    keys: readonly string[],
    version?: number,
  ): Promise<number | undefined>
  /** The connection to a server was made anew. */
  connected(server: number): void
  /** Invalidations that wait. */
  readonly queued: number
}
