/** Configuration from environment variables, with the names that have long been used for it. */
import type { CacheConfig, DiskConfig, MemoryConfig, RedisConfig, SentinelNode } from './configuration.ts'
import type { ConfigFault } from './faults.ts'
import { type ProfileName, profiles } from './profiles.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface FromEnvironment {
  readonly profile: ProfileName | undefined
  readonly config: CacheConfig
  /** Whether a disk is asked for: then somebody must say where. */
  readonly asksForDisk: boolean
  /** Variables that could not be read. Values are not shown: one may be a password. */
  readonly faults: readonly ConfigFault[]
}

const prefix = 'GREENLANG_CACHE_'

/** Reads `GREENLANG_CACHE_…`; what is not set is not in the answer. An empty variable counts as not set. */
export function readEnvironment(environment: Environment): FromEnvironment {
  const reader = new Reader(environment)
  const profile = reader.oneOf('PROFILE', Object.keys(profiles) as ProfileName[])
  const memory = section('memory', reader.enabled('L1'), memoryOf(reader))
  const redis = section('redis', reader.enabled('L2'), redisOf(reader))
  const asked = reader.enabled('L3')
  const config: CacheConfig = { ...memory, ...redis, ...section('disk', asked, diskOf(reader)) }
  return { profile, config, asksForDisk: asked === true, faults: reader.faults }
}

function section<Name extends string, Section extends object>(
  name: Name,
  enabled: boolean | undefined,
  found: Section,
) {
  if (enabled === false) return { [name]: false }
  return Object.keys(found).length === 0 ? {} : { [name]: found }
}

function memoryOf(reader: Reader): MemoryConfig {
  const [mb, seconds] = [reader.number('L1_SIZE_MB'), reader.number('L1_TTL_SECONDS')]
  return {
    ...(mb !== undefined && { maxBytes: mb * 2 ** 20 }),
    ...(seconds !== undefined && { maxTtl: seconds * 1_000 }),
  }
}

function redisOf(reader: Reader): RedisConfig {
  const [url, keyPrefix] = [reader.text('L2_REDIS_URL'), reader.text('L2_PREFIX')]
  const [mb, seconds] = [reader.number('L2_SIZE_MB'), reader.number('L2_TTL_SECONDS')]
  const connection = connectionOf(reader)
  return {
    ...(url !== undefined && { url }),
    ...(Object.keys(connection).length > 0 && { connection }),
    ...(keyPrefix !== undefined && { prefix: keyPrefix }),
    ...(mb !== undefined && { maxBytes: mb * 2 ** 20 }),
    ...(seconds !== undefined && { maxTtl: seconds * 1_000 }),
  }
}

function connectionOf(reader: Reader): NonNullable<RedisConfig['connection']> {
  const [host, port, password] = [
    reader.text('L2_REDIS_HOST'),
    reader.number('L2_REDIS_PORT'),
    reader.text('L2_REDIS_PASSWORD'),
  ]
  const nodes = reader.nodes('L2_SENTINEL_HOSTS')
  const name = reader.text('L2_SENTINEL_SERVICE') ?? 'mymaster'
  const isSentinel = reader.boolean('L2_SENTINEL_ENABLED') ?? nodes !== undefined
  if (isSentinel && nodes === undefined)
    reader.fault('L2_SENTINEL_HOSTS', 'must name the Sentinels, as host:port,host:port')
  return {
    ...(host !== undefined && !isSentinel && { host }),
    ...(port !== undefined && !isSentinel && { port }),
    ...(password !== undefined && { password }),
    ...(isSentinel && nodes && { sentinel: { name, nodes } }),
  }
}

function diskOf(reader: Reader): DiskConfig {
  const [directory, gb, seconds] = [
    reader.text('L3_DIR'),
    reader.number('L3_SIZE_GB'),
    reader.number('L3_TTL_SECONDS'),
  ]
  return {
    ...(directory !== undefined && { directory }),
    ...(gb !== undefined && { maxBytes: Math.round(gb * 2 ** 30) }),
    ...(seconds !== undefined && { maxTtl: seconds * 1_000 }),
  }
}

class Reader {
  readonly faults: ConfigFault[] = []
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
  }

  fault(name: string, expected: string): void {
    this.faults.push({ path: `${prefix}${name}`, message: expected })
  }

  text(name: string): string | undefined {
    return this.#environment[`${prefix}${name}`] || undefined
  }

  number(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = Number(text)
    if (Number.isFinite(value) && text.trim() !== '') return value
    this.fault(name, 'must be a number')
    return undefined
  }

  boolean(name: string): boolean | undefined {
    const text = this.text(name)?.toLowerCase()
    if (text === undefined) return undefined
    if (['1', 'true', 'yes', 'on'].includes(text)) return true
    if (['0', 'false', 'no', 'off'].includes(text)) return false
    this.fault(name, 'must be true or false')
    return undefined
  }

  /** `undefined` where nothing is said. */
  enabled(layer: string): boolean | undefined {
    return this.boolean(`${layer}_ENABLED`)
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.text(name)
    const choice = choices.find(each => each === text)
    if (text !== undefined && choice === undefined) this.fault(name, `must be one of ${choices.join(', ')}`)
    return choice
  }

  nodes(name: string): readonly SentinelNode[] | undefined {
    return this.text(name)
      ?.split(',')
      .map(node => {
        const [host = '', port] = node.trim().split(':')
        if (host === '' || (port !== undefined && !/^\d+$/.test(port)))
          this.fault(name, 'must be host:port,host:port')
        return port === undefined ? { host } : { host, port: Number(port) }
      })
  }
}
