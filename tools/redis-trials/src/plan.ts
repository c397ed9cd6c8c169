/** What a trial is made of. Plain data: the workers get it as it is. */

/** How the rows of a key are written, and so what its readers may expect. */
export type KeyKind =
  /** Commit, then invalidate the key. */
  | 'key'
  /** Commit to both keys of a group, then invalidate the tag that their values carry. */
  | 'tag'
  /** Commit to all keys of a pattern, then invalidate that. */
  | 'pattern'
  /** Commit, then `set` with the row's version; any process. */
  | 'set'
  /** Commit, then `set` without a version; one process writes the key, the others read it. */
  | 'plain'
  /** Invalidated by key; read by `claim`, a read of the source, and `slot.set`. */
  | 'claim'
  /** Commit, where half the versions say that the row is gone; invalidated by key or tag. */
  | 'negative'

/** `ours` is the engine over memory and Redis, `cache` the whole cache, with a disk too. */
export type SubjectName = 'ours' | 'cache' | 'naive' | 'bentocache' | 'cacheable'

export interface Range {
  readonly from: number
  readonly to: number
}

/** Times in ms. */
export interface Plan {
  readonly subject: SubjectName
  /** Name of the mutant of the model whose guards `ours` runs with. */
  readonly mutant: string | undefined
  readonly seed: number
  readonly workers: number
  readonly keys: number
  readonly kinds: Readonly<Partial<Record<KeyKind, number>>>
  /** Of each worker. */
  readonly readsPerSecond: number
  /** Mean time between two writes of one key. */
  readonly rewriteMs: number
  /** How long the source takes to answer. */
  readonly loadMs: Range
  /** Part of the loads that take `longMs`. */
  readonly longLoads: number
  readonly longMs: Range
  /** Part of the loads that fail. */
  readonly failing: number
  readonly ttlMs: number
  /** How long past that a value may stand in for a load that fails. */
  readonly graceMs: number
  /** How long a reader waits for a load before a value whose time is over may stand in. */
  readonly softMs: number | undefined
  /** Part of the keys that fit into the memory of a worker. */
  readonly memoryShare: number
  /** Part of the reads of a worker that go to keys it alone likes. */
  readonly affinity: number
  /** Longest life of a copy in memory. */
  readonly memoryTtlMs: number
  /** Tags that the record of the bus and each process remember, and frames that its stream keeps. */
  readonly maxTags: number
  readonly maxStream: number
  readonly leaseMs: number
  readonly deadlineMs: number
}

export const usualPlan: Plan = {
  subject: 'ours',
  mutant: undefined,
  seed: 1,
  workers: 4,
  keys: 400,
  kinds: { key: 5, tag: 4, pattern: 2, set: 3, plain: 1, claim: 1, negative: 1 },
  readsPerSecond: 1_500,
  rewriteMs: 9_000,
  loadMs: { from: 1, to: 20 },
  longLoads: 0.02,
  longMs: { from: 200, to: 1_500 },
  failing: 0,
  ttlMs: 30_000,
  graceMs: 0,
  softMs: undefined,
  memoryShare: 1,
  affinity: 0,
  memoryTtlMs: 30_000,
  maxTags: 10_000,
  maxStream: 10_000,
  leaseMs: 1_000,
  deadlineMs: 250,
}
