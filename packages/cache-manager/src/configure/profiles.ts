/** Three sets of numbers to begin with. Each is plain data: take what you want of it, and change it. */
import type { ByteSize, Duration } from '@greenlang/core'
import type { LoadDefaults } from '../load-types.ts'
import type { WarmingOptions } from '../warming/warming-settings.ts'

export interface Profile {
  readonly memory: { readonly maxBytes: ByteSize; readonly maxTtl: Duration }
  readonly redis: { readonly maxBytes: ByteSize; readonly maxTtl: Duration }
  readonly disk: { readonly maxBytes: ByteSize; readonly maxTtl: Duration }
  readonly defaults: LoadDefaults
  readonly warming: WarmingOptions
}

export type ProfileName = 'standard' | 'highPerformance' | 'memoryConstrained'

const defaults: LoadDefaults = { ttl: '10m', grace: '6h', timeouts: { hard: '30s' }, jitter: 0.1 }

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  standard: {
    memory: { maxBytes: '100mb', maxTtl: '60s' },
    redis: { maxBytes: '1gb', maxTtl: '1h' },
    disk: { maxBytes: '10gb', maxTtl: '1d' },
    defaults,
    warming: { onStart: true, every: '1h', deadline: '5s', hottest: 1_000 },
  },
  /** More room and longer lives, for a machine of its own. */
  highPerformance: {
    memory: { maxBytes: '500mb', maxTtl: '5m' },
    redis: { maxBytes: '5gb', maxTtl: '2h' },
    disk: { maxBytes: '10gb', maxTtl: '1d' },
    defaults: { ...defaults, earlyRefresh: 1 },
    warming: { onStart: true, every: '1h', deadline: '5s', hottest: 5_000 },
  },
  /** Little memory, here and in Redis, and a large disk. */
  memoryConstrained: {
    memory: { maxBytes: '20mb', maxTtl: '30s' },
    redis: { maxBytes: '100mb', maxTtl: '30m' },
    disk: { maxBytes: '50gb', maxTtl: '1d' },
    defaults,
    warming: { onStart: true, every: '1h', deadline: '5s', hottest: 1_000 },
  },
}
