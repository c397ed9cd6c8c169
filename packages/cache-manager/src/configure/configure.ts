/** A profile, what the environment says over it, and what the program says over both: checked as a whole. */
import type {
  CacheConfig,
  DiskConfig,
  MemoryConfig,
  RedisConfig,
  RedisConnectionConfig,
} from './configuration.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { type ConfigFault, ConfigurationError, faultsOf } from './faults.ts'
import { layered, type WholeConfig } from './layers.ts'
import { type Profile, type ProfileName, profiles } from './profiles.ts'
import { isFields, optionFaults, shapeOf } from './shape-faults.ts'

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
  if (!isFields(options)) throw new ConfigurationError([{ path: 'configure', message: 'must get an object' }])
  const { environment, overrides = {} } = options
  const read = readEnvironment(isFields(environment) ? environment : {})
  const name = options.profile === undefined ? (read.profile ?? 'standard') : options.profile
  const isKnown = typeof name === 'string' && Object.hasOwn(profiles, name)
  const message = `must be one of ${Object.keys(profiles).join(', ')}`
  const shaped = shapeOf(overrides)
  const config = layered(profiles[isKnown ? name : 'standard'], [read.config, shaped.config])
  const faults = [
    ...(isKnown ? [] : [{ path: 'profile', message }]),
    ...read.faults,
    ...diskFaults(read.asksForDisk, config),
    ...optionFaults(options),
    ...shaped.faults,
    ...faultsOf(config),
  ]
  if (faults.length > 0) throw new ConfigurationError(faults)
  return configured(name, config)
}

/** A disk is there where a directory is: to ask for one without saying where is a slip. */
function diskFaults(isAsked: boolean, { disk }: CacheConfig): readonly ConfigFault[] {
  if (!isAsked || !disk || disk.directory !== undefined) return []
  const path = 'GREENLANG_CACHE_L3_DIR'
  return [{ path, message: 'must name a directory, as GREENLANG_CACHE_L3_ENABLED asks for a disk' }]
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
