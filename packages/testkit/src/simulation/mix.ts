/** What a simulation is made of: how many, how often, how long, and what goes wrong. Times in ms of virtual time. */

/** How the rows of a key are written, and so what its readers may expect. */
export type KeyKind =
  /** Commit, then invalidate the key. */
  | 'key'
  /** Commit, then invalidate a tag that the value was found to carry. */
  | 'tag'
  /** Commit to all keys of a pattern, then invalidate that. */
  | 'pattern'
  /** Commit, then `set` with the row's version; any process. */
  | 'set'
  /** Commit, then `set` without a version; outside the promise. */
  | 'plain'
  /** Invalidated by key; read by `claim`, a read of the source, and `slot.set`. */
  | 'claim'
  /** Commit, where half the versions say that the row is gone; invalidated by key. */
  | 'negative'

export type FaultKind =
  | 'deaf'
  | 'stall'
  | 'cut'
  | 'slow'
  | 'pause'
  | 'down'
  | 'wipe'
  | 'forget'
  | 'failover'
  | 'restart'
  | 'clear'

/** How often a fault strikes, and for how long. */
export interface FaultPlan {
  readonly everyMs: number
  readonly fromMs: number
  readonly toMs: number
}

export interface Mix {
  readonly name: string
  readonly processes: number
  readonly keys: number
  readonly kinds: Partial<Readonly<Record<KeyKind, number>>>
  readonly readsPerSecond: number
  /** Mean time between two writes of one key. */
  readonly rewriteMs: number
  readonly loadMs: { readonly from: number; readonly to: number }
  /** Part of the loads that take `longMs`. */
  readonly longLoads: number
  readonly longMs: { readonly from: number; readonly to: number }
  /** Part of the loads that fail. */
  readonly failing: number
  readonly ttlMs: number
  readonly graceMs: number
  readonly softMs: number | undefined
  readonly refreshAfter: number | undefined
  readonly disk: boolean
  /** The longest that a call to the disk takes. */
  readonly diskMs: number
  readonly servers: 1 | 2
  readonly skewMs: number
  readonly whenCut: 'fresh' | 'serve'
  readonly loss: number
  readonly twice: number
  readonly reorder: number
  readonly faults: Partial<Readonly<Record<FaultKind, FaultPlan>>>
  /** Tags the record remembers, and frames its stream keeps. */
  readonly maxTags: number
  readonly maxStream: number
  /** Part of the keys that fit into the memory of a process, and into each server. */
  readonly memoryShare: number
  readonly serverShare: number
  /** Longest life of a copy in memory. */
  readonly memoryTtlMs: number
  /** Part of the reads of a process that go to keys it alone likes: as with sticky sessions. */
  readonly affinity: number
  /** How much a failover loses. */
  readonly lostMs: number
}

/** H, the deadline of a call, and what a turn of the reader may take: the bound is their sum. */
export const leaseMs = 400
export const deadlineMs = 150
const turnMs = 10
export const boundMs = leaseMs + deadlineMs + turnMs
