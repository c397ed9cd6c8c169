/** What the pieces of an engine share. */
import type { InvalidationBus } from '../bus.ts'
import type { Clock } from '../clock.ts'
import type { Tier } from '../tier.ts'
import type { FirstWord } from './first-word.ts'
import type { Flight } from './flight.ts'
import type { EngineGuards, RecordGuards } from './guards.ts'
import type { KeyState, KeyStates } from './keys.ts'
import type { Ledger } from './ledger.ts'
import type { Mark } from './mark.ts'
import type { EngineObserver } from './observer.ts'
import type { PendingSet } from './pending.ts'

/**
 * What an engine does with private copies that nobody can be asked about, for no shared tier answers: `fresh` loads,
 * `serve` serves them within their dates, flagged `cut` and outside the promise.
 */
export type WhenCut = 'fresh' | 'serve'

export interface EngineSettings {
  /** How long a lease stands unless renewed, in ms: so long a dead holder makes others wait at most. Default `3000`. */
  readonly claimMs: number
  /** A load that took longer is not filled, in ms; what a pattern names is swept after it. Default `30_000`. */
  readonly longestLoadMs: number
  /** How long a caller waits for the lease of another before it loads by itself, in ms. Default `3000`. */
  readonly waitMs: number
  /** Mean time between two looks while waiting, in ms. Default `50`. */
  readonly pollMs: number
  /** Default `'fresh'`. */
  readonly whenCut: WhenCut
  /** What was acknowledged in so many ms is sent again when it may be undone. Default `30_000`. */
  readonly reissueMs: number
  /** Pause before what could not be sent is tried again, in ms. Default `250`. */
  readonly retryMs: number
  /** Most invalidations that wait to be sent; past it they become one clear. Default `10_000`. */
  readonly maxQueued: number
  /** How long the first loads wait for the bus to say where it stands, in ms from the start. Default `0`. */
  readonly firstWordMs: number
}

export interface Parts {
  /** Tells the frames of this engine from those of another on the same bus. */
  readonly name: string
  readonly tiers: readonly Tier[]
  readonly bus: InvalidationBus
  readonly clock: Clock
  readonly random: () => number
  readonly settings: EngineSettings
  readonly guards: EngineGuards
  readonly recordGuards: RecordGuards
  readonly ledger: Ledger
  readonly pending: PendingSet
  readonly keys: KeyStates<Flight>
  readonly observer: EngineObserver | undefined
  readonly trust: Trust
  readonly mark: Mark
  readonly firstWord: FirstWord
  /** Aborts when the engine closes: what only waits ends then. */
  readonly closing: AbortSignal
}

/** Moments by the clock of this process: private copies checked then or before prove nothing. */
export interface Trust {
  /** When it was lost for all tiers. */
  epoch: number
  /** When a tier could not do what it was told, by name: the others did. */
  readonly ofTier: Map<string, number>
}

export type State = KeyState<Flight>

/** Runs what may fail without anybody waiting for it; a tier that fails is a miss (law 4). */
export async function attempt<T>(action: () => T | PromiseLike<T>): Promise<T | undefined> {
  try {
    return await action()
  } catch {
    return undefined
  }
}

/** Since when copies of this tier prove something. */
export function epochOf({ trust }: Parts, tier: string): number {
  return Math.max(trust.epoch, trust.ofTier.get(tier) ?? Number.NEGATIVE_INFINITY)
}

/** Takes keys out of every private tier, in the order of the calls. */
export function dropPrivate(parts: Parts, keys: readonly string[], mode: 'delete' | 'invalidate'): void {
  for (const tier of parts.tiers) {
    if (tier.scope !== 'process') continue
    const drop = () => (mode === 'delete' ? tier.deleteMany(keys) : tier.invalidateMany(keys))
    void orDistrust(parts, tier, drop)
  }
}

/** A private tier that could not drop what it was told to proves nothing any more, nor does its journal; the others do. */
export async function orDistrust(
  parts: Parts,
  { name, journal }: Tier,
  action: () => void | PromiseLike<void>,
): Promise<void> {
  try {
    await action()
  } catch {
    parts.trust.ofTier.set(name, parts.clock.now())
    parts.mark.now += 1
    if (journal) void attempt(() => journal.distrust())
  }
}

/** Private copies of before this moment prove nothing, in this process and in the next. */
export function loseTrust(parts: Parts): void {
  parts.trust.epoch = parts.clock.now()
  parts.mark.now += 1
  for (const { journal } of parts.tiers) if (journal) void attempt(() => journal.distrust())
}
