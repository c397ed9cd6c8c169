/** What is wrong with a configuration: all of it, not the first thing only. */
import { GreenlangError, parseByteSize, parseDuration } from '@greenlang/core'
import type { CacheConfig } from './configuration.ts'
import { isText, redisFaults } from './redis-faults.ts'
import { cacheOptionFaults, faultIn } from './shape-faults.ts'

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
  return [...rules.flatMap(rule => rule(config)), ...cacheOptionFaults(config)]
}

type Rule = (config: CacheConfig) => readonly ConfigFault[]

const tierNames = ['memory', 'redis', 'disk'] as const

const sizes: Rule = config =>
  tierNames.flatMap(name => {
    const tier = config[name]
    return tier && tier.maxBytes !== undefined
      ? faultIn(`${name}.maxBytes`, () => parseByteSize('maxBytes', tier.maxBytes as number))
      : []
  })

const lives: Rule = config =>
  tierNames.flatMap(name => {
    const tier = config[name]
    return tier && tier.maxTtl !== undefined
      ? faultIn(`${name}.maxTtl`, () => void parseDuration('maxTtl', tier.maxTtl as number))
      : []
  })

/** What is promoted lives no longer than where it came from. */
const order: Rule = config => {
  const kept = tierNames.flatMap(name => {
    const tier = config[name]
    if (name === 'disk' && config.disk && config.disk.directory === undefined) return []
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

const busNeedsRedis: Rule = ({ bus, redis }) =>
  bus === true && !redis
    ? [{ path: 'bus', message: 'must be left out where redis is: there is nothing to carry it' }]
    : []

const diskPlace: Rule = ({ disk }) =>
  disk && disk.directory !== undefined && !isText(disk.directory)
    ? [{ path: 'disk.directory', message: 'must be a text that is not empty' }]
    : []

const rules: readonly Rule[] = [someTier, sizes, lives, order, redisFaults, busNeedsRedis, diskPlace]

function durationOf(value: unknown): number | undefined {
  try {
    return parseDuration('maxTtl', value as number)
  } catch {
    return undefined
  }
}
