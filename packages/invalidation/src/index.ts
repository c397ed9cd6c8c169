export { escapePattern } from './escape-pattern.ts'
export { DelaysFullError, EventFieldError } from './events/error.ts'
export { createEventRules } from './events/event-rules.ts'
export type {
  DeadLetter,
  EmitReport,
  EventRuleOptions,
  EventRules,
  EventRulesOptions,
  InvalidationAnswer,
  InvalidationRequest,
  Invalidator,
  RetryReport,
} from './events/rule-types.ts'
export type { WorkflowEvents } from './events/workflow-events.ts'
export { type MemoryBusOptions, memoryBus } from './memory-bus.ts'
export type { PostgresClient } from './postgres/client.ts'
export { OutboxRowError, PostgresSourceLostError } from './postgres/error.ts'
export type { OutboxNamesOptions } from './postgres/outbox-names.ts'
export { type PostgresSource, type PostgresSourceStats, postgresSource } from './postgres/postgres-source.ts'
export type { EventSink, PostgresSourceOptions, PostgresSourceState } from './postgres/source-options.ts'
export { outboxSql, type SqlSteps } from './postgres/sql.ts'
export type { TriggerOptions, TruncateRule } from './postgres/trigger-options.ts'
export { triggerSql } from './postgres/trigger-sql.ts'
export {
  createResourceVersions,
  type ResourceVersions,
  type ResourceVersionsOptions,
} from './resource-versions.ts'
export { type TagClock, type TagClockOptions, type TagVerdict, tagClock } from './tag-clock.ts'
export { type WorkerBusOptions, workerBus } from './workers/worker-bus.ts'
export { type WorkerRecord, type WorkerRecordOptions, workerRecord } from './workers/worker-record.ts'
