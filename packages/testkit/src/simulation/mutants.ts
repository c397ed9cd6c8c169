/**
 * The protocol with one guard missing, each. The history must find every one of them out: a guard that can go unnoticed
 * is one that is not needed, or a simulation that is too kind.
 */
import type { Guards } from './ours.ts'

export interface Mutant {
  readonly name: string
  /** Of docs/design/coherence.md. */
  readonly rule: number
  readonly guards: Guards
}

export const mutants: readonly Mutant[] = [
  {
    name: 'a load is stamped at its end',
    rule: 0,
    guards: { engine: { loadStamp: (_, atEnd) => atEnd } },
  },
  {
    name: 'no generation: what was read before a frame is kept after it',
    rule: 0,
    guards: { engine: { storesUnder: () => true } },
  },
  { name: 'a missing tag counts as fresh', rule: 1, guards: { record: { missingTagSince: () => 0 } } },
  { name: 'stamps of two histories are compared', rule: 1, guards: { record: { comparable: () => true } } },
  { name: 'a record that lost writes goes on counting', rule: 1, guards: { server: { rotates: false } } },
  { name: 'the bus first, then the tiers', rule: 2, guards: { engine: { order: 'bus-tiers' } } },
  {
    name: 'acknowledged before the tiers are clear',
    rule: 2,
    guards: { engine: { order: 'bus-only-awaited' } },
  },
  { name: 'fills need no lease', rule: 3, guards: { engine: { fillsByLease: false } } },
  { name: 'leases are numbered, not random', rule: 3, guards: { server: { countsTokens: true } } },
  { name: 'the last write wins', rule: 4, guards: { engine: { sendsVersions: false } } },
  { name: 'the slot of a claim is not fenced', rule: 4, guards: { engine: { slotsAreFenced: false } } },
  {
    name: 'a writer keeps its copy whatever came meanwhile',
    rule: 4,
    guards: { engine: { yieldsToFrames: false } },
  },
  { name: 'a beat is a bare echo', rule: 5, guards: { bus: { beatsCarrySequence: false } } },
  {
    name: 'copies are trusted without beats',
    rule: 6,
    guards: { engine: { trustsBeat: ({ checkedAt, epoch }) => checkedAt > epoch } },
  },
  {
    name: 'what was found good once is good until its dates or the lease end',
    rule: 6,
    guards: { engine: { marksRise: false } },
  },
  { name: 'without trust, the record is not asked', rule: 6, guards: { engine: { asksRecord: false } } },
  {
    name: 'what the ledger vouched for counts as checked when read',
    rule: 6,
    guards: { engine: { promotedSince: (_, readAt) => readAt } },
  },
  { name: 'a flight may be joined at any time', rule: 6, guards: { engine: { mayJoin: () => true } } },
  { name: 'a frame does not end a flight', rule: 6, guards: { engine: { framesDetach: false } } },
  {
    name: 'what lands is given to whoever joined',
    rule: 6,
    guards: { engine: { checksLanding: false } },
  },
  {
    name: 'a slow private tier is judged by the trust of its answer',
    rule: 6,
    guards: { engine: { trustedAs: (_, answered) => answered } },
  },
  { name: 'the version goes with the value', rule: 4, guards: { server: { buries: false } } },
  {
    name: 'private copies outlive a retired rule',
    rule: 10,
    guards: { record: { retiredBindsPrivate: false } },
  },
  { name: 'a rule may retire between two answers', rule: 10, guards: { engine: { readsAgain: false } } },
  { name: 'a gap is passed over', rule: 7, guards: { bus: { mindsGaps: false } } },
  { name: 'trust is not lost with the history', rule: 7, guards: { engine: { trustsBeat: trustsAnyEpoch } } },
  {
    name: 'what is young is trusted across histories',
    rule: 7,
    guards: { engine: { trustsAge: ({ now, checkedAt, leaseMs }) => now - checkedAt <= leaseMs } },
  },
  { name: 'nothing is sent again', rule: 8, guards: { engine: { reissues: false } } },
  { name: 'disk writes to the shared tier', rule: 9, guards: { engine: { promotes: () => true } } },
  { name: 'disk serves without a replay', rule: 9, guards: { marksWithDeletes: false } },
  { name: 'sweep and end of a rule at once', rule: 10, guards: { engine: { sweepDelayMs: () => 0 } } },
  {
    name: 'anything may stand in for a slow load',
    rule: 11,
    guards: { engine: { mayStandIn: () => true } },
  },
  { name: 'negative entries carry no tags', rule: 11, guards: { engine: { tagsNegative: false } } },
  { name: 'what could not be sent is forgotten', rule: 12, guards: { engine: { queues: false } } },
  {
    name: 'what is not acknowledged does not hold here',
    rule: 12,
    guards: { engine: { minds: { pending: false } } },
  },
  { name: 'dates go over the wire by the clock of the process', rule: 13, guards: { usesServerTime: false } },
  { name: 'a copy begins a new life', rule: 13, guards: { engine: { keepsDates: false } } },
]

function trustsAnyEpoch({
  now,
  trustedSince,
  leaseMs,
}: {
  now: number
  trustedSince: number
  leaseMs: number
}) {
  return now - trustedSince <= leaseMs
}
