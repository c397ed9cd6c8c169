/** What the pieces of an engine share. */
import type { InvalidationBus } from '../bus.ts'
import type { Clock } from '../clock.ts'
import type { Tier } from '../tier.ts'
import type { Flight } from './flight.ts'
import type { EngineGuards, RecordGuards } from './guards.ts'
import type { KeyState, KeyStates } from './keys.ts'
import type { Ledger } from './ledger.ts'
import type { PendingSet } from './pending.ts'

/** What an engine does where neither the bus nor a shared tier can be reached: see `EngineOptions.whenCut`. */
export type WhenCut = 'fresh' | 'serve'

export interface EngineSettings {
  readonly claimMs: number
  readonly longestLoadMs: number
  readonly waitMs: number
  readonly pollMs: number
  readonly whenCut: WhenCut
  readonly reissueMs: number
  readonly retryMs: number
  readonly maxQueued: number
}

export interface Parts {
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
  /** Trust was lost at this moment, by `clock`; private copies checked before prove nothing. */
  epoch: number
  closed: boolean
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

/** Takes keys out of every private tier, in the order of the calls. */
export function dropPrivate({ tiers }: Parts, keys: readonly string[], mode: 'delete' | 'invalidate'): void {
  for (const tier of tiers) {
    if (tier.scope !== 'process') continue
    void attempt(() => (mode === 'delete' ? tier.deleteMany(keys) : tier.invalidateMany(keys)))
  }
}
