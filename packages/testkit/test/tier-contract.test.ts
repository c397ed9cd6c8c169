import { describe, expect, it } from '@jest/globals'
import { tierContract } from '../src/index.ts'
import { MapTier } from './fixtures/map-tier.ts'

tierContract({ describe, expect, it }, 'a Map', ({ clock }) => new MapTier(clock))
