export { escapePattern } from './escape-pattern.ts'
export { type MemoryBusOptions, memoryBus } from './memory-bus.ts'
export {
  createResourceVersions,
  type ResourceVersions,
  type ResourceVersionsOptions,
} from './resource-versions.ts'
export { type TagClock, type TagClockOptions, type TagVerdict, tagClock } from './tag-clock.ts'
