import { jsonCodec } from '@greenlang/codec'
import { tierContract } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { tempTier } from './disk-context.ts'

tierContract({ describe, it, expect }, 'diskTier', ({ clock }) => tempTier({ clock, maxBytes: '100mb' }))
tierContract({ describe, it, expect }, 'diskTier with jsonCodec', ({ clock }) =>
  tempTier({ clock, maxBytes: '100mb', codec: jsonCodec() }),
)
