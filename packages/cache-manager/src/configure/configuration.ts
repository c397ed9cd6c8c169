/** What a service says about its cache, in plain values: to be checked as a whole, and handed to the factories of its tiers. */
import type { ByteSize, Duration } from '@greenlang/core'
import type { LoadDefaults } from '../load-types.ts'
import type { WarmingOptions } from '../warming/warming-settings.ts'

export interface MemoryConfig {
  /** Bound of the memory tier. > 0. Default: that of the profile, in bytes or `'100mb'`. */
  maxBytes?: ByteSize
  /** Longest life of an entry there. > 0. Default: that of the profile. */
  maxTtl?: Duration
}

export interface RedisConfig {
  /** Where Redis is; not with `connection`. Default: `connection`. */
  url?: string
  /** The same in plain options. Default `{ host: 'localhost', port: 6379 }`. */
  connection?: RedisConnectionConfig
  /** Begins each key, and names the bus. Not empty. Default `'greenlang:'`. */
  prefix?: string
  /** What the server should be given, in bytes: that is its own `maxmemory`; said here to be compared. > 0. Default: that of the profile. */
  maxBytes?: ByteSize
  /** Longest life of an entry there. > 0. Default: that of the profile. */
  maxTtl?: Duration
}

export interface RedisConnectionConfig {
  /** Not empty. Default `'localhost'`. */
  host?: string
  /** 1 to 65535. Default 6379. */
  port?: number
  /** Not empty. Default: none. */
  password?: string
  /** A group that Sentinels watch. Default: none. */
  sentinel?: SentinelConfig
}

export interface SentinelConfig {
  /** By which the Sentinels know the group. Not empty. No default. */
  name: string
  /** Addresses of Sentinels, at least one. No default. */
  nodes: readonly SentinelNode[]
}

export interface SentinelNode {
  /** Not empty. */
  readonly host: string
  /** 1 to 65535; 26379 where it is left out. */
  readonly port?: number
}

export interface DiskConfig {
  /** Of this process alone. Not empty. Default: none, and then there is no disk tier. */
  directory?: string
  /** Bound of the files. > 0. Default: that of the profile, in bytes or `'10gb'`. */
  maxBytes?: ByteSize
  /** Longest life of an entry there. > 0. Default: that of the profile. */
  maxTtl?: Duration
}

/** `false` leaves a tier out. */
export interface CacheConfig {
  /** Default: that of the profile. */
  memory?: MemoryConfig | false
  /** Default: that of the profile. */
  redis?: RedisConfig | false
  /** Default: that of the profile. */
  disk?: DiskConfig | false
  /** Whether invalidations go between processes. Default: whether there is Redis. */
  bus?: boolean
  /** As of `createCache`. Default: those of the profile. */
  defaults?: LoadDefaults
  /** As of `createCache`; `false` for none. Default: that of the profile. */
  warming?: WarmingOptions | false
}
