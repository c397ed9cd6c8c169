/**
 * What the promise rests on in a process, one guard each, with the rule of docs/design/coherence.md it belongs to (those
 * of the server are in the model of it, in testkit). They are apart so
 * that the model can take one away and show that the promise breaks without it; nothing else should.
 */
import type { InvalidationMode } from '../bus.ts'
import type { Stamp } from '../stamp.ts'

/** Of the record of the bus (rule 1). */
export interface RecordGuards {
  /** Stamps of unequal history say nothing of each other. */
  comparable(a: Stamp, b: Stamp): boolean
  /** Since when a tag that is not in the table may have been invalidated: a missing tag counts as the floor. */
  missingTagSince(floor: number): number
  /** Private copies older than a retired rule are not believed: only shared tiers were swept (rule 10). */
  readonly retiredBindsPrivate: boolean
}

/** Of the connection to the bus. */
export interface BusGuards {
  /** A sequence other than the next is a gap, and what was missed is replayed (rule 7). */
  readonly mindsGaps: boolean
  /** A beat proves delivery only up to the sequence it carries (rule 5). */
  readonly beatsCarrySequence: boolean
}

/** A private copy, at the moment it would be served. Times by the clock of this process. */
export interface PrivateCopy {
  readonly now: number
  readonly leaseMs: number
  readonly trustedSince: number
  readonly checkedAt: number
  /** Trust was lost at this moment: copies of that moment or before prove nothing. */
  readonly epoch: number
}

/** A flight that a caller would join. */
export interface Joining {
  readonly now: number
  readonly leaseMs: number
  readonly trustedSince: number
  readonly begunAt: number
  readonly epoch: number
}

/** Why a value would stand in for the one that was asked for. */
export type StandInReason = 'slow' | 'failed' | 'cut'

/** What is known against a value that would stand in. */
export type Blemish =
  /** Its time to live is over; nothing else. */
  | 'expired'
  /** An invalidation named it. */
  | InvalidationMode
  /** Nobody can say. */
  | 'unverified'

/** Of the process that reads and fills. */
export interface EngineGuards {
  /** A load is stamped with what was known as it began, so that tags learnt by it are covered (words: known). */
  loadStamp(atBegin: Stamp, atEnd: Stamp): Stamp
  /** What was read or loaded is kept only if no invalidation of the key came meanwhile (words: generation). */
  storesUnder(generationThen: number, generationNow: number): boolean
  /** A frame ends what callers may join (rule 6). */
  readonly framesDetach: boolean
  /** Copies are trusted for one lease after a beat, or after the begin of their load (rule 6), and only of this epoch (rule 7). */
  trustsBeat(copy: PrivateCopy): boolean
  trustsAge(copy: PrivateCopy): boolean
  /** The same for a flight (rule 6). */
  mayJoin(flight: Joining): boolean
  /** Who joined late gets what landed only if nothing named it since its load began (rule 6). */
  readonly checksLanding: boolean
  /** A private tier's answer is judged by the trust it was asked under, not by that of its coming (rule 6). */
  trustedAs(asked: number, answered: number): number
  /** What changes that might speak against copies has each of them judged anew (rule 6). */
  readonly marksRise: boolean
  /** Without trust, the record itself is asked about what a shared tier holds (rule 6). */
  readonly asksRecord: boolean
  /** What is promoted on the word of the ledger is as old as the last beat, not as the read (rule 6). */
  promotedSince(trustedSince: number, readAt: number): number
  /** A fill needs its lease (rule 3). */
  readonly fillsByLease: boolean
  /** A writer keeps its own copy only if no frame of another and no other write of its own came meanwhile (rule 4). */
  readonly yieldsToFrames: boolean
  /** Versions go to the tier, which refuses the lower (rule 4). */
  readonly sendsVersions: boolean
  /** Slots of `claim` are filled like loads (rule 4). */
  readonly slotsAreFenced: boolean
  /** Key slots first, then the bus; acknowledged after both (rule 2). */
  readonly order: 'tiers-bus' | 'bus-tiers' | 'bus-only-awaited'
  /** What may be undone is sent again (rule 8). */
  readonly reissues: boolean
  /** Private tiers are never promoted to shared ones (rule 9). */
  promotes(from: 'process' | 'shared', to: 'process' | 'shared'): boolean
  /** The sweep, and the end of its rule, wait for the longest load (rule 10). */
  sweepDelayMs(longestLoadMs: number): number
  /** What a shared tier gave before a rule retired is read again (rule 10). */
  readonly readsAgain: boolean
  /** What may stand in, and why (rule 11). */
  mayStandIn(blemish: Blemish, reason: StandInReason): boolean
  /** Negative entries are tagged like any (rule 11). */
  readonly tagsNegative: boolean
  /** What could not be sent is queued and sent later (rule 12). */
  readonly queues: boolean
  /** What is not acknowledged yet counts as invalid here, in shared tiers too (rules 2 and 12). */
  readonly minds: { readonly pending: boolean }
  /** A copy keeps the dates of its entry (law 1, rule 13). */
  readonly keepsDates: boolean
}

export const recordGuards: RecordGuards = {
  comparable: (a, b) => a.history === b.history,
  missingTagSince: floor => floor,
  retiredBindsPrivate: true,
}

export const busGuards: BusGuards = { mindsGaps: true, beatsCarrySequence: true }

export const engineGuards: EngineGuards = {
  loadStamp: atBegin => atBegin,
  storesUnder: (then, now) => then === now,
  framesDetach: true,
  trustsBeat: ({ now, leaseMs, trustedSince, checkedAt, epoch }) =>
    now - trustedSince <= leaseMs && checkedAt > epoch,
  trustsAge: ({ now, leaseMs, checkedAt, epoch }) => now - checkedAt <= leaseMs && checkedAt > epoch,
  mayJoin: ({ now, leaseMs, trustedSince, begunAt, epoch }) =>
    now - Math.max(trustedSince, begunAt) <= leaseMs && begunAt > epoch,
  checksLanding: true,
  trustedAs: asked => asked,
  marksRise: true,
  asksRecord: true,
  promotedSince: (trustedSince, readAt) => Math.min(trustedSince, readAt),
  fillsByLease: true,
  yieldsToFrames: true,
  sendsVersions: true,
  slotsAreFenced: true,
  order: 'tiers-bus',
  reissues: true,
  promotes: (_from, to) => to === 'process',
  sweepDelayMs: longestLoadMs => longestLoadMs,
  readsAgain: true,
  mayStandIn: (blemish, reason) => standIns[reason].includes(blemish),
  tagsNegative: true,
  queues: true,
  minds: { pending: true },
  keepsDates: true,
}

const standIns: Readonly<Record<StandInReason, readonly Blemish[]>> = {
  slow: ['expired'],
  failed: ['expired', 'invalidate', 'unverified'],
  cut: ['unverified'],
}
