export { type CampaignOptions, campaign, count, emptyTally, type Tally } from './campaign.ts'
export {
  boundMs,
  deadlineMs,
  type FaultKind,
  type FaultPlan,
  type KeyKind,
  leaseMs,
  type Mix,
} from './mix.ts'
export { mixes, outageMix, suspendedMixes } from './mixes.ts'
export { modelTier } from './model-tier.ts'
export { type Mutant, mutants } from './mutants.ts'
export type { Guards } from './ours.ts'
export { memoryOf } from './private-tiers.ts'
export {
  append,
  liesBehind,
  newRecord,
  type RecordState,
  replayOf,
  retireRule,
  rulesOf,
  stampOf,
} from './record.ts'
export { type SimulationOptions, type SimulationReport, simulate } from './simulate.ts'
