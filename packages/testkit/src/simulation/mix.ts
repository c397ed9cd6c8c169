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
export const turnMs = 10
export const boundMs = leaseMs + deadlineMs + turnMs

const calm: Mix = {
  name: 'calm',
  processes: 4,
  keys: 80,
  kinds: { key: 4, tag: 3 },
  readsPerSecond: 60,
  rewriteMs: 6_000,
  loadMs: { from: 5, to: 60 },
  longLoads: 0,
  longMs: { from: 700, to: 2_000 },
  failing: 0,
  ttlMs: 20_000,
  graceMs: 0,
  softMs: undefined,
  refreshAfter: undefined,
  disk: false,
  diskMs: 4,
  servers: 1,
  skewMs: 0,
  whenCut: 'fresh',
  loss: 0,
  twice: 0,
  reorder: 0,
  faults: {},
  maxTags: 2_000,
  maxStream: 400,
  memoryShare: 0.7,
  memoryTtlMs: 20_000,
  serverShare: 0.9,
  affinity: 0,
  lostMs: 0,
}

const mix = (name: string, changes: Partial<Mix>): Mix => ({ ...calm, name, ...changes })

const lossy = { loss: 0.04, twice: 0.02, reorder: 0.02 }
const often = (everyMs: number, fromMs: number, toMs: number): FaultPlan => ({ everyMs, fromMs, toMs })

/** Mixes in which the promise holds. */
export const mixes: readonly Mix[] = [
  calm,
  mix('long loads', { longLoads: 0.3, processes: 3, softMs: undefined, loss: 0.01 }),
  mix('silent loss', { ...lossy, processes: 5 }),
  mix('deaf and stalled', {
    processes: 5,
    longLoads: 0.05,
    faults: {
      deaf: often(2_500, 300, 3_000),
      stall: often(2_500, 200, 3_000),
      slow: often(6_000, 500, 2_000),
    },
  }),
  mix('deaf to tags', {
    processes: 2,
    keys: 120,
    kinds: { tag: 1 },
    readsPerSecond: 250,
    rewriteMs: 2_900,
    memoryShare: 1,
    memoryTtlMs: 400,
    affinity: 1,
    faults: { deaf: often(300, 850, 1_000) },
  }),
  mix('rules that retire', {
    processes: 4,
    keys: 200,
    kinds: { pattern: 1 },
    memoryShare: 0.3,
    serverShare: 1,
    servers: 2,
    rewriteMs: 10_000,
    faults: { deaf: often(400, 800, 2_500), slow: often(3_000, 1_000, 3_000) },
  }),
  mix('deaf while loading', {
    processes: 3,
    keys: 40,
    readsPerSecond: 120,
    longLoads: 0.9,
    longMs: { from: 1_400, to: 2_300 },
    affinity: 0.7,
    faults: { deaf: often(900, 900, 2_500) },
  }),
  mix('wiped while loading', {
    processes: 6,
    servers: 2,
    keys: 24,
    rewriteMs: 3_500,
    longLoads: 0.9,
    longMs: { from: 400, to: 1_800 },
    serverShare: 0.5,
    faults: { wipe: often(1_500, 1, 2) },
  }),
  mix('slow disk', {
    processes: 3,
    disk: true,
    diskMs: 120,
    memoryShare: 0.15,
    serverShare: 0.25,
    kinds: { key: 1 },
    faults: { deaf: often(900, 500, 1_500), restart: often(10_000, 100, 500) },
  }),
  mix('cold tags', { kinds: { key: 2, tag: 6 }, maxTags: 80, rewriteMs: 9_000 }),
  mix('trimmed stream', { ...lossy, maxStream: 6, faults: { deaf: often(5_000, 500, 4_000) } }),
  mix('wipes', {
    processes: 3,
    longLoads: 0.15,
    ...lossy,
    faults: { wipe: often(6_000, 1, 2), forget: often(7_000, 1, 2), restart: often(9_000, 100, 500) },
  }),
  mix('outages', {
    processes: 3,
    faults: {
      down: often(12_000, 1_500, 6_000),
      pause: often(8_000, 200, 1_500),
      cut: often(5_000, 200, 1_500),
    },
  }),
  mix('disk and restarts', {
    processes: 3,
    disk: true,
    serverShare: 0.4,
    loss: 0.02,
    longLoads: 0.05,
    kinds: { key: 4, tag: 3, pattern: 1 },
    faults: {
      restart: often(3_000, 100, 3_000),
      down: often(20_000, 1_000, 4_000),
      clear: often(20_000, 1, 2),
    },
  }),
  mix('patterns and clear', {
    kinds: { key: 2, tag: 2, pattern: 6 },
    rewriteMs: 9_000,
    longLoads: 0.3,
    loss: 0.01,
    disk: true,
    faults: { clear: often(12_000, 1, 2), deaf: often(6_000, 300, 1_500), restart: often(8_000, 100, 1_000) },
  }),
  mix('sets and claims', {
    kinds: { key: 1, set: 5, claim: 4, plain: 1 },
    longLoads: 0.1,
    loss: 0.01,
    rewriteMs: 4_000,
    faults: { slow: often(4_000, 300, 1_500), restart: often(15_000, 100, 500) },
  }),
  mix('grace, negative, refresh', {
    kinds: { key: 3, tag: 2, negative: 3 },
    failing: 0.1,
    ttlMs: 4_000,
    graceMs: 6_000,
    softMs: 80,
    refreshAfter: 0.7,
    longLoads: 0.3,
    loss: 0.01,
    faults: { deaf: often(8_000, 300, 2_000) },
  }),
  mix('two servers', {
    servers: 2,
    processes: 4,
    ...lossy,
    kinds: { key: 5, tag: 3, set: 2 },
    faults: {
      slow: often(3_000, 500, 2_000),
      pause: often(6_000, 100, 900),
      wipe: often(15_000, 1, 2),
      stall: often(6_000, 100, 900),
    },
  }),
  mix('skewed clocks', {
    skewMs: 15_000,
    ttlMs: 5_000,
    rewriteMs: 9_000,
    disk: true,
    faults: { restart: often(6_000, 100, 1_500) },
  }),
  mix('all at once', {
    processes: 6,
    readsPerSecond: 40,
    kinds: { key: 3, tag: 3, pattern: 1, set: 2, claim: 1, negative: 1 },
    ...lossy,
    disk: true,
    longLoads: 0.1,
    failing: 0.02,
    graceMs: 5_000,
    skewMs: 3_000,
    servers: 2,
    faults: {
      deaf: often(6_000, 300, 2_000),
      stall: often(6_000, 200, 2_000),
      slow: often(10_000, 300, 1_500),
      cut: often(8_000, 200, 1_500),
      pause: often(12_000, 200, 1_500),
      down: often(25_000, 1_000, 4_000),
      wipe: often(25_000, 1, 2),
      forget: often(25_000, 1, 2),
      restart: often(9_000, 100, 2_000),
      clear: often(25_000, 1, 2),
    },
  }),
]

/** Mixes in which the promise is suspended at times, as documented. */
export const suspendedMixes: readonly Mix[] = [
  mix('failovers', { processes: 4, lostMs: 120, loss: 0.01, faults: { failover: often(5_000, 50, 400) } }),
  mix('failovers that lose much', {
    processes: 4,
    lostMs: 2_000,
    kinds: { key: 2, tag: 5 },
    faults: { failover: often(7_000, 50, 400) },
  }),
  mix('failovers of two servers', {
    processes: 4,
    servers: 2,
    lostMs: 120,
    faults: { failover: often(5_000, 50, 400) },
  }),
  mix('served when cut', {
    processes: 3,
    whenCut: 'serve',
    faults: { down: often(12_000, 1_500, 6_000), cut: often(5_000, 200, 1_500) },
  }),
]

/** Redis is gone for most of the time: what rule 6 lets memory serve until then. */
export const outageMix: Mix = mix('one long outage', {
  processes: 3,
  keys: 24,
  readsPerSecond: 120,
  faults: { down: often(1_000, 45_000, 50_000) },
})
