import {
  type Clock,
  checkClock,
  checkFunction,
  checkInteger,
  checkOptions,
  checkText,
  type Duration,
  type GreenlangError,
  InvalidOptionError,
  parseDuration,
  systemClock,
} from '@greenlang/core'
import type { BusGuards } from '@greenlang/core/coherence'
import { checkSource, sourceOptionNames } from '../connect/options.ts'
import type { CheckedSource } from '../connect/source.ts'
import type { RedisSourceOptions } from '../connect/source-options.ts'

export type RedisBusOptions = RedisSourceOptions & RedisBusSettings

/** Every process of a scope should have the same limits: of those, the last to write decides. */
export interface RedisBusSettings {
  /** Begins each of its keys and channels; channels know no databases, so two of those need two scopes. Not empty, no braces. Default `'greenlang:'`. */
  scope?: string
  /** How long private copies are served after the last beat was sent; a quarter of it lies between two. 4 ms to 1 h. Default `'1s'`. */
  lease?: Duration
  /** How long one call to Redis may take. 1 ms to 1 h. Default `'250ms'`. */
  deadline?: Duration
  /** Tags whose last invalidation is remembered; the oldest go first and raise the floor. 1 to 1 000 000. Default `10_000`. */
  maxTags?: number
  /** Frames kept, about, for processes that missed some. 1 to 1 000 000. Default `10_000`. */
  maxStream?: number
  /** Replicas that must have each invalidation before it is acknowledged. 0 to 100. Default 0. */
  minReplicas?: number
  /** Label in errors. Not empty. Default `'redis'`. */
  name?: string
  /** Told each call to Redis that failed, beats included. Default: nobody. */
  onError?: (error: GreenlangError) => void
  /** What beats and the deadline are measured by. Default `systemClock`. */
  clock?: Clock
  /** What it relies on. For the mutants of the model: take one away and see the promise break. Default: all of them. */
  guards?: BusGuards
}

/** `RedisBusOptions` checked, in plain units. */
export interface CheckedBusOptions {
  readonly source: CheckedSource
  readonly scope: string
  readonly leaseMs: number
  readonly deadlineMs: number
  readonly maxTags: number
  readonly maxStream: number
  readonly minReplicas: number
  readonly name: string
  readonly onError: (error: GreenlangError) => void
  readonly clock: Clock
  readonly guards: BusGuards | undefined
}

const optionNames = [
  ...sourceOptionNames,
  'scope',
  'lease',
  'deadline',
  'maxTags',
  'maxStream',
  'minReplicas',
  'name',
  'onError',
  'clock',
  'guards',
]
const shortestLeaseMs = 4
const hourMs = 3_600_000
const mostKept = 1_000_000
const mostReplicas = 100

/** @throws InvalidOptionError for the first option that is missing, out of its range, or does not exist. */
export function checkRedisBusOptions(options: RedisBusOptions): CheckedBusOptions {
  checkOptions('redisBus', options, optionNames)
  return {
    source: checkSource('redisBus', options),
    scope: checkScope(options.scope ?? 'greenlang:'),
    leaseMs: parseDuration('lease', options.lease ?? '1s', { minMs: shortestLeaseMs, maxMs: hourMs }),
    deadlineMs: parseDuration('deadline', options.deadline ?? '250ms', { minMs: 1, maxMs: hourMs }),
    maxTags: checkInteger('maxTags', options.maxTags ?? 10_000, 1, mostKept),
    maxStream: checkInteger('maxStream', options.maxStream ?? 10_000, 1, mostKept),
    minReplicas: checkInteger('minReplicas', options.minReplicas ?? 0, 0, mostReplicas),
    name: checkText('name', options.name ?? 'redis'),
    onError: checkFunction('onError', options.onError ?? ignore),
    clock: checkClock('clock', options.clock ?? systemClock),
    guards: options.guards,
  }
}

function checkScope(scope: string): string {
  if (!/[{}]|\p{Surrogate}/u.test(checkText('scope', scope))) return scope
  throw new InvalidOptionError('scope', 'a string without braces', scope)
}

function ignore(): void {}
