/** A profile, what the environment says over it, and what the program says over both: checked as a whole. */
import type {
  CacheConfig,
  DiskConfig,
  MemoryConfig,
  RedisConfig,
  RedisConnectionConfig,
} from './configuration.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { ConfigurationError, faultsOf } from './faults.ts'
import { layered, type WholeConfig } from './layers.ts'
import { type Profile, type ProfileName, profiles } from './profiles.ts'
import { optionFaults, overrideFaults } from './shape-faults.ts'

export interface ConfigureOptions {
  /** Where the numbers come from. Default: that of the environment, else `'standard'`. */
  profile?: ProfileName
  /** Variables to read, as `process.env`. Default: none. */
  environment?: Environment
  /** What goes before both. Default `{}`. */
  overrides?: CacheConfig
}

/** Checked and whole: each part can be handed to its factory. `undefined` for a tier that is left out. */
export interface Configured {
  readonly profile: ProfileName
  /** For `memoryTier`. */
  readonly memory: Required<MemoryConfig> | undefined
  /** For `redisTier`. */
  readonly redis: (RedisPlace & Pick<RedisConfig, 'maxTtl'> & { readonly prefix: string }) | undefined
  /** For `redisBus`. */
  readonly bus: (RedisPlace & { readonly scope: string }) | undefined
  /** For `diskTier`. */
  readonly disk: Required<DiskConfig> | undefined
  readonly defaults: Profile['defaults']
  readonly warming: Profile['warming'] | undefined
  /** What Redis should be given, to be compared with its `maxmemory`. */
  readonly redisMaxBytes: RedisConfig['maxBytes']
}

export type RedisPlace = { readonly url: string } | { readonly connection: RedisConnectionConfig }

const defaultPrefix = 'greenlang:'

/** @throws ConfigurationError with every fault at once. */
export function configure(options: ConfigureOptions = {}): Configured {
  const { profile, environment = {}, overrides = {} } = options
  const read = readEnvironment(environment)
  const name = profile ?? read.profile ?? 'standard'
  const isKnown = typeof name === 'string' && Object.hasOwn(profiles, name)
  const message = `must be one of ${Object.keys(profiles).join(', ')}`
  const shape = [...optionFaults(options), ...overrideFaults(overrides)]
  const layers = shape.length === 0 ? [read.config, overrides] : [read.config]
  const config = layered(profiles[isKnown ? name : 'standard'], layers)
  const faults = [
    ...(isKnown ? [] : [{ path: 'profile', message }]),
    ...read.faults,
    ...shape,
    ...faultsOf(shape.length === 0 ? config : { ...config, ...cacheOptions(overrides) }),
  ]
  if (faults.length > 0) throw new ConfigurationError(faults)
  return configured(name, config)
}

/** Those are looked at though the rest of the overrides could not be. */
function cacheOptions(overrides: CacheConfig): Pick<CacheConfig, 'defaults' | 'warming'> {
  const { defaults, warming } = overrides ?? {}
  return { ...(defaults !== undefined && { defaults }), ...(warming !== undefined && { warming }) }
}

function configured(name: ProfileName, config: WholeConfig): Configured {
  const { memory, redis, disk, defaults, warming, bus = true } = config
  const { maxBytes: redisMaxBytes, prefix = defaultPrefix, url, connection = {}, maxTtl } = redis || {}
  const place: RedisPlace = url === undefined ? { connection } : { url }
  return {
    profile: name,
    memory: memory ? (memory as Required<MemoryConfig>) : undefined,
    redis: redis ? { ...place, prefix, ...(maxTtl !== undefined && { maxTtl }) } : undefined,
    bus: redis && bus ? { ...place, scope: prefix } : undefined,
    disk: disk && disk.directory !== undefined ? (disk as Required<DiskConfig>) : undefined,
    defaults,
    warming: warming || undefined,
    redisMaxBytes,
  }
}
