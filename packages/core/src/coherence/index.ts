export { type BusSessionOptions, busSession } from './bus-session.ts'
export type { BusReceiver, BusWire, Replay, Standing, WireFrame } from './bus-wire.ts'
export { createEngine } from './engine.ts'
export type {
  Engine,
  EngineOptions,
  GetOptions,
  InvalidateOptions,
  RefreshOptions,
  TierChoice,
} from './engine-types.ts'
export type { TierExplanation } from './explain.ts'
export type { Load, LoadContext, Loaded, StaleReason } from './flight.ts'
export {
  type Blemish,
  type BusGuards,
  busGuards,
  type EngineGuards,
  engineGuards,
  type Joining,
  type PrivateCopy,
  type RecordGuards,
  recordGuards,
  type StandInReason,
} from './guards.ts'
export type { EngineObserver } from './observer.ts'
export type { WhenCut } from './parts.ts'
export type { Limits } from './patience.ts'
export { matchesPattern } from './pattern.ts'
export type { Missed } from './peek.ts'
export type { QuickValues } from './quick.ts'
export type { Answer, ReadOptions } from './read.ts'
export { createRuleList, type RuleList } from './rule-list.ts'
export { createServerClock, type ServerClock } from './server-clock.ts'
export { createTagTable, type TagTable } from './tag-table.ts'
export type { SetOptions, SetResult, Slot } from './write.ts'
