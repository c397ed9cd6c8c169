/** What an engine is asked and told. */
import type { Invalidation, InvalidationBus, Published } from '../bus.ts'
import type { Clock } from '../clock.ts'
import type { Entry } from '../entry.ts'
import type { Stamp } from '../stamp.ts'
import type { Tier } from '../tier.ts'
import type { TierExplanation } from './explain.ts'
import type { Load } from './flight.ts'
import type { EngineGuards, RecordGuards } from './guards.ts'
import type { EngineObserver } from './observer.ts'
import type { EngineSettings } from './parts.ts'
import type { Missed } from './peek.ts'
import type { QuickValues } from './quick.ts'
import type { Answer, ReadOptions } from './read.ts'
import type { Slot } from './slot.ts'
import type { SetOptions, SetResult } from './write.ts'

export interface EngineOptions extends Partial<EngineSettings> {
  /** In the order they are asked. No default. */
  tiers: readonly Tier[]
  /** Who hears of invalidations, and in which order. No default. */
  bus: InvalidationBus
  /** A share >= 0 and < 1 of a wait, for its jitter. Default `Math.random`. */
  random?: () => number
  /** Default `systemClock`. */
  clock?: Clock
  /** Tags whose last invalidation is remembered here. >= 1. Default `10_000`. */
  maxTags?: number
  /** Told what happens. Default: nobody. */
  observer?: EngineObserver
  /** What it relies on. For the mutants of the model: take one away and see the promise break. Default: all of them. */
  guards?: EngineGuards
  /** The same for the record of the bus. Default: all of them. */
  recordGuards?: RecordGuards
}

export interface Engine {
  /**
   * What the first tier has and may be served, where it is private and both can be told at once; nothing is observed.
   * What `Missed` says may be handed to the read that follows in the same turn: the tier is then not asked again.
   */
  peek(key: string, after?: Stamp): Entry | Missed | undefined
  /** The shortest way to what `peek` found before; nothing is observed. Where the first tier can do that. */
  readonly quick: QuickValues | undefined
  /** What the tiers hold of the key and may be served; never loads. @throws ClosedError as the engine closes. */
  get(key: string, options?: GetOptions): Promise<Answer | undefined>
  /** @throws What the loader threw, where nothing may stand in. */
  getOrSet(key: string, load: Load, options?: ReadOptions & TierChoice): Promise<Answer>
  /** Loads anew what `peek` found, for nobody in particular. It never rejects; where another loads, nothing is done. */
  refresh(key: string, load: Load, found: Entry, options?: RefreshOptions): Promise<void>
  set(key: string, value: unknown, options?: SetOptions): Promise<SetResult>
  claim(key: string): Promise<Slot>
  /** Acknowledged when `propagated`; else it holds in this process and is sent as soon as it can be. */
  invalidate(invalidation: Invalidation, options?: InvalidateOptions): Promise<Published>
  /** What each tier holds of the key; nothing is observed. */
  explain(key: string): Promise<readonly TierExplanation[]>
  /** Invalidations that wait to be sent. */
  readonly queued: number
  /** Once the bus has said where it stands, or has not for `firstWordMs`. */
  heard(): Promise<void> | undefined
  /**
   * Stops listening and waiting, frees who waits for a `get`, and ends the slots of claims; what is queued is not sent any more. The
   * tiers and the bus are the caller's.
   */
  close(): void
}

export interface TierChoice {
  /** Names of the tiers that take part; the others are neither asked nor given anything. Default: all. */
  tiers?: readonly string[]
}

/** `isDue`: of what another tier has meanwhile. */
export type RefreshOptions = Pick<ReadOptions, 'isDue'> & TierChoice

export interface GetOptions extends TierChoice {
  /** What `peek` said of the first tier in this turn. Default: it is asked. */
  missed?: Missed | undefined
  /** An invalidation that the answer must not miss. Default: none. */
  after?: Stamp
}

export interface InvalidateOptions {
  /** Version of the row or resource, where one key is named: late sets of lower ones are refused. Whole, >= 0. Default: none. */
  version?: number
}
