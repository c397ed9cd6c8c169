import { tierContract } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { mapTier } from './map-tier.ts'

// What the tests of this package stand on is a tier by the same suite as the real ones.
tierContract({ describe, it, expect }, 'mapTier', ({ clock }) => mapTier({ clock }))
