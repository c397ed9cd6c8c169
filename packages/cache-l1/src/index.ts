export { type MemoryTier, memoryTier } from './memory-tier.ts'
export type { MemoryTierOptions } from './options.ts'
