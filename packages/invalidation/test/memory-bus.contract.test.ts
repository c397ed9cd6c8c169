import { busContract } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { memoryBus } from '../src/index.ts'

busContract({ describe, it, expect }, 'memoryBus', () => memoryBus({ onListenerError: () => {} }))
