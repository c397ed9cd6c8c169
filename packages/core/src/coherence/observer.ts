import type { BusEvent, Invalidation } from '../bus.ts'

/** Told what happens, for those who count it. Must neither throw nor block. */
export interface EngineObserver {
  /** A tier was asked, at `askedAt` by the clock of the engine: it had what was served, something else, or nothing. */
  lookedUp(tier: string, outcome: 'fresh' | 'stale' | 'miss', askedAt: number): void
  /** A caller waits for the flight of another. */
  joined(): void
  /** Another engine invalidated this. */
  heard(invalidation: Invalidation): void
  /** Something goes on that may outlast its callers. It never rejects. */
  began?(work: Promise<void>): void
  /** Frames were lost, or what was acknowledged may be undone. */
  befell?(event: BusEvent): void
}
