/** What is wrong with a configuration: all of it, not the first thing only. */
import { GreenlangError, parseByteSize, parseDuration } from '@greenlang/core'
import type { CacheConfig } from './configuration.ts'

export interface ConfigFault {
  /** Where: `redis.connection.port`, or the name of a variable. */
  readonly path: string
  /** What must be, and what to change. Never a value that may be a secret. */
  readonly message: string
}

/** A configuration has faults. */
export class ConfigurationError extends GreenlangError {
  readonly code = 'CONFIGURATION'
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(({ path, message }) => `${path} ${message}`)
    super(`${faults.length} faults in the configuration: ${lines.join('; ')}`)
    this.faults = faults
  }
}

/** Empty where all is well. */
export function faultsOf(config: CacheConfig): readonly ConfigFault[] {
  return rules.flatMap(rule => rule(config))
}

type Rule = (config: CacheConfig) => readonly ConfigFault[]

const tierNames = ['memory', 'redis', 'disk'] as const

const sizes: Rule = config =>
  tierNames.flatMap(name => {
    const tier = config[name]
    return tier && tier.maxBytes !== undefined
      ? faultOf(`${name}.maxBytes`, () => parseByteSize('maxBytes', tier.maxBytes as number))
      : []
  })

const lives: Rule = config =>
  tierNames.flatMap(name => {
    const tier = config[name]
    return tier && tier.maxTtl !== undefined
      ? faultOf(`${name}.maxTtl`, () => void parseDuration('maxTtl', tier.maxTtl as number))
      : []
  })

/** What is promoted lives no longer than where it came from. */
const order: Rule = config => {
  const kept = tierNames.flatMap(name => {
    const tier = config[name]
    const ms = tier && tier.maxTtl !== undefined ? durationOf(tier.maxTtl) : undefined
    return ms === undefined ? [] : [{ name, ms }]
  })
  return kept.flatMap(({ name, ms }, at) => {
    const before = kept[at - 1]
    return before && before.ms >= ms
      ? [
          {
            path: `${name}.maxTtl`,
            message: `must be longer than ${before.name}.maxTtl: the slower tier keeps longer`,
          },
        ]
      : []
  })
}

const someTier: Rule = ({ memory, redis, disk }) =>
  memory || redis || (disk && disk.directory !== undefined)
    ? []
    : [{ path: 'memory, redis, disk', message: 'must not all be left out: a cache needs a tier' }]

const redisAddress: Rule = ({ redis }) => {
  if (!redis) return []
  const { url, connection, prefix } = redis
  const faults: ConfigFault[] = []
  if (url !== undefined && connection !== undefined)
    faults.push({ path: 'redis.url', message: 'must not be given with redis.connection' })
  if (url !== undefined && !/^rediss?:\/\/./.test(url))
    faults.push({ path: 'redis.url', message: 'must be redis://… or rediss://…' })
  if (prefix === '') faults.push({ path: 'redis.prefix', message: 'must not be empty' })
  if (connection?.host === '') faults.push({ path: 'redis.connection.host', message: 'must not be empty' })
  const { port } = connection ?? {}
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535))
    faults.push({ path: 'redis.connection.port', message: 'must be a whole number, 1 to 65535' })
  return faults
}

const busNeedsRedis: Rule = ({ bus, redis }) =>
  bus === true && !redis
    ? [{ path: 'bus', message: 'must be left out where redis is: there is nothing to carry it' }]
    : []

const warmingDeadline: Rule = ({ warming }) => {
  if (!warming || warming.deadline === undefined) return []
  const { deadline } = warming
  return faultOf('warming.deadline', () => void parseDuration('deadline', deadline))
}

const rules: readonly Rule[] = [someTier, sizes, lives, order, redisAddress, busNeedsRedis, warmingDeadline]

function faultOf(path: string, parse: () => unknown): readonly ConfigFault[] {
  try {
    parse()
    return []
  } catch (error) {
    const { expected = 'valid' } = error as { expected?: string }
    return [{ path, message: `must be ${expected}` }]
  }
}

function durationOf(value: unknown): number | undefined {
  try {
    return parseDuration('maxTtl', value as number)
  } catch {
    return undefined
  }
}
