export { type MemoryBusOptions, memoryBus } from './memory-bus.ts'
export { type TagClock, type TagClockOptions, type TagVerdict, tagClock } from './tag-clock.ts'
