/** What the workload drives: our engine, or what it is compared with. */
import type { Invalidation } from '@greenlang/core'
import type { Loaded } from '@greenlang/core/coherence'
import type { Plan } from './plan.ts'

/** A value as the source gave it. */
export interface SourceValue {
  readonly key: string
  readonly version: number
  /** When the load ended. */
  readonly madeAt: number
  /** What makes it as large as values are. */
  readonly text: string
}

export type Source = 'memory' | 'shared' | 'disk' | 'load' | 'joined'

export interface SubjectAnswer {
  /** `undefined`: there is nothing. */
  readonly value: SourceValue | undefined
  readonly source: Source
  /** Flagged stale to its caller. */
  readonly stale: 'slow' | 'failed' | 'cut' | undefined
}

export interface SubjectRead {
  readonly key: string
  readonly load: () => Promise<Loaded>
}

export interface SubjectWrite {
  readonly key: string
  readonly value: SourceValue
  readonly version: number | undefined
}

export interface Subject {
  /** `undefined`: it does not know. */
  get(key: string): Promise<SubjectAnswer | undefined>
  getOrSet(read: SubjectRead): Promise<SubjectAnswer>
  /** Reads by a claim: what is there, or what the source says, kept under the claim. */
  claim(read: SubjectRead): Promise<SubjectAnswer>
  /** Whether it was acknowledged. */
  set(write: SubjectWrite): Promise<boolean>
  /** The same. `keys`: what the invalidation comes to, for a cache that knows no tags and patterns. */
  invalidate(invalidation: Invalidation, keys: readonly string[], version?: number): Promise<boolean>
  /** Called back with what another process has invalidated, once it is not served here any more. */
  onHeard(listener: (keys: readonly string[]) => void): void
  /** Invalidations that wait. */
  readonly queued: number
  close(): Promise<void>
}

export interface SubjectOptions {
  readonly plan: Plan
  /** Of this worker. */
  readonly redis: RedisPlace
  /** What all of this trial share, and no other one. */
  readonly prefix: string
  /** Of this worker alone, and of those that take its place. Removed after the trial. */
  readonly directory: string
}

/** Where Redis is for one worker. */
export interface RedisPlace {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
}

export function urlOf({ host, port, username, password }: RedisPlace): string {
  return `redis://${username}:${password}@${host}:${port}`
}
