export { busContract } from './bus-contract.ts'
export { ChaosError, type ChaosOptions, type ChaosTier, chaos } from './chaos.ts'
export { codecContract } from './codec-contract.ts'
export { createHistory } from './coherence/history.ts'
export { describeViolation } from './coherence/history-describe.ts'
export type {
  History,
  HistoryOptions,
  HistoryRead,
  HistoryReport,
  HistoryRule,
  HistorySpan,
  HistoryViolation,
  HistoryWrite,
  RuleCounts,
} from './coherence/history-types.ts'
export { type FakeClock, fakeClock } from './fake-clock.ts'
export type { FaultConnection } from './proxy/connection.ts'
export { FaultProxyListenError } from './proxy/error.ts'
export {
  type FaultProxy,
  type FaultProxyOptions,
  type FaultProxyTarget,
  faultProxy,
  type Random,
} from './proxy/fault-proxy.ts'
export type { Direction, Faults, FaultsInForce } from './proxy/faults.ts'
export type { FaultLane } from './proxy/lane.ts'
export type { ConnectionSelection, LaneSelection } from './proxy/selection.ts'
export type { ContractOptions, Expect, SkippedTest, TestRunner } from './runner.ts'
export { seededRandom } from './seeded-random.ts'
export { type TierContractOptions, type TierFactory, tierContract } from './tier-contract.ts'
