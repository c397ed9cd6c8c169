import { tierContract } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { memoryTier } from '../src/index.ts'

const runner = { describe, expect, it }

tierContract(runner, 'memoryTier', ({ clock }) => memoryTier({ maxEntries: 1_000, clock }))
tierContract(runner, 'memoryTier with maxTtl', ({ clock }) =>
  memoryTier({ maxEntries: 1_000, maxTtl: '1h', clock }),
)
