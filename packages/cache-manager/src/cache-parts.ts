/** What the pieces of a cache share. */
import type { Clock } from '@greenlang/core'
import type { Engine } from '@greenlang/core/coherence'
import type { AnalyticsCounts } from './analytics.ts'
import type { Auditor } from './auditor.ts'
import type { Background } from './background.ts'
import type { Closing } from './closing.ts'
import type { Emitter } from './emitter.ts'
import type { Loads } from './loads.ts'
import type { CacheSettings } from './options.ts'
import type { Reach } from './reach.ts'
import type { Due } from './refresh-due.ts'
import type { SteadyBus } from './steady-bus.ts'
import type { OpenTier } from './tiers.ts'

export interface CacheParts {
  readonly settings: CacheSettings
  readonly clock: Clock
  readonly emitter: Emitter
  readonly counts: AnalyticsCounts
  readonly background: Background
  readonly closing: Closing
  readonly reach: Reach
  readonly loads: Loads
  readonly isDue: Due
  readonly tiers: readonly OpenTier[]
  readonly tierNames: readonly string[]
  readonly bus: SteadyBus
  /** Whether processes that share a tier with this one cannot hear the bus. */
  readonly isUnheard: boolean
  readonly auditor: Auditor | undefined
  /** Answers from then on; what is loaded waits by itself for the first word of the bus. */
  readonly started: Promise<Engine>
  /** Once that has come, or has not for long enough. */
  readonly opening: Promise<Engine>
  /** Once it is open. */
  engine: Engine | undefined
  /** @throws ClosedError */
  assertOpen(): void
}
