export { escapePattern } from './escape-pattern.ts'
export { EventFieldError } from './events/error.ts'
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
export {
  createResourceVersions,
  type ResourceVersions,
  type ResourceVersionsOptions,
} from './resource-versions.ts'
export { type TagClock, type TagClockOptions, type TagVerdict, tagClock } from './tag-clock.ts'
