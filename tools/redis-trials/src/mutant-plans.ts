/**
 * Each mutant of the model that can be made of real parts: what it is driven by, so that its missing guard shows within
 * a few seconds. The lease is short, the keys are few and hot, loads are long where a race has to meet one.
 */
import { type Mutant, mutants } from '@greenlang/testkit/simulation'
import type { FaultName } from './faults.ts'
import { type KeyKind, type Plan, type Range, usualPlan } from './plan.ts'

export interface MutantPlan {
  readonly mutant: Mutant
  readonly plan: Plan
  readonly faults: readonly FaultName[]
  /** Mean quiet after each strike, in ms. */
  readonly quietMs: number
  /** How long each strike lasts, in ms, instead of what is usual for it. */
  readonly lasting: Range | undefined
  /** How long a run takes, in ms. */
  readonly forMs: number
}

type Kinds = Readonly<Partial<Record<KeyKind, number>>>
type Drive = readonly [
  changes: Partial<Plan> & { readonly lasting?: Range; readonly forMs?: number },
  ...faults: FaultName[],
]

const hot: Partial<Plan> = {
  workers: 3,
  keys: 48,
  kinds: { key: 3, tag: 3, pattern: 4, set: 2, claim: 1, negative: 1 },
  readsPerSecond: 600,
  rewriteMs: 3_000,
  longLoads: 0.3,
  longMs: { from: 150, to: 900 },
  ttlMs: 20_000,
  leaseMs: 400,
  deadlineMs: 150,
}
const only = (kinds: Kinds, changes: Partial<Plan> = {}): Partial<Plan> => ({ kinds, ...changes })
/** Few frames, so that a lost one is not made good by the next. */
const seldom: Partial<Plan> = { keys: 24, rewriteMs: 9_000 }

/** Copies leave memory before the trust in them ends, and nobody else reads the key meanwhile. */
const cold: Partial<Plan> = {
  workers: 2,
  keys: 120,
  rewriteMs: 5_000,
  leaseMs: 1_600,
  deadlineMs: 100,
  memoryTtlMs: 1_600,
  affinity: 1,
  longLoads: 0,
}

/** By the name of the mutant. */
const drives: Readonly<Record<string, Drive>> = {
  'a load is stamped at its end': [only({ tag: 1 })],
  'no generation: what was read before a frame is kept after it': [only({ key: 1 }), 'slow'],
  'a missing tag counts as fresh': [only({ tag: 1 }, { maxTags: 6, memoryShare: 0.2 }), 'deaf'],
  'stamps of two histories are compared': [only({ tag: 1 }), 'forget', 'deaf'],
  'the bus first, then the tiers': [only({ key: 1 }), 'slow'],
  'acknowledged before the tiers are clear': [only({ key: 1 }), 'slow'],
  'fills need no lease': [only({ key: 1 })],
  'the last write wins': [only({ set: 1 }), 'slow'],
  'the slot of a claim is not fenced': [only({ claim: 1 })],
  'a writer keeps its copy whatever came meanwhile': [only({ set: 1 }), 'slow'],
  'a beat is a bare echo': [{ ...seldom, lasting: { from: 700, to: 1_200 } }, 'deaf', 'mute'],
  'copies are trusted without beats': [{}, 'deaf'],
  'without trust, the record is not asked': [only({ tag: 1 }), 'deaf'],
  'what the ledger vouched for counts as checked when read': [
    { ...cold, kinds: { tag: 1 }, lasting: { from: 3_000, to: 3_400 }, forMs: 24_000 },
    'deaf',
  ],
  'a flight may be joined at any time': [
    { keys: 40, affinity: 0.7, longLoads: 0.9, longMs: { from: 1_400, to: 2_300 } },
    'deaf',
  ],
  'a frame does not end a flight': [only({ key: 1 }, { longLoads: 0.9, longMs: { from: 900, to: 1_500 } })],
  'what lands is given to whoever joined': [
    only({ tag: 1 }, { longLoads: 0.9, longMs: { from: 900, to: 1_500 } }),
  ],
  'a gap is passed over': [{}, 'deaf', 'kill subscribers'],
  'trust is not lost with the history': [only({ key: 1 }), 'forget'],
  'what is young is trusted across histories': [only({ tag: 1 }), 'forget', 'kill', 'flush'],
  'sweep and end of a rule at once': [
    only({ pattern: 1 }, { keys: 120, affinity: 1, longLoads: 0.9, longMs: { from: 600, to: 1_500 } }),
    'deaf',
  ],
  'anything may stand in for a slow load': [
    { softMs: 30, graceMs: 10_000, ttlMs: 3_000, longLoads: 0.9, longMs: { from: 300, to: 900 } },
  ],
  'negative entries carry no tags': [only({ negative: 1 })],
  'what could not be sent is forgotten': [{}, 'cut', 'pause'],
  'what is not acknowledged does not hold here': [{}, 'cut', 'pause'],
  'a copy begins a new life': [{ ttlMs: 2_500, rewriteMs: 20_000 }],
}

const quietMs = 600
const usualMs = 12_000

export const mutantPlans: readonly MutantPlan[] = mutants.flatMap(mutant => {
  const drive = drives[mutant.name]
  if (drive === undefined) return []
  const [{ lasting, forMs = usualMs, ...changes }, ...faults] = drive
  return [
    {
      mutant,
      plan: { ...usualPlan, ...hot, ...changes, mutant: mutant.name },
      faults,
      quietMs,
      lasting,
      forMs,
    },
  ]
})

/** Of the model only: they take a disk, two servers, a server other than Redis, or more patience. */
export const modelOnly: readonly Mutant[] = mutants.filter(({ name }) => drives[name] === undefined)
