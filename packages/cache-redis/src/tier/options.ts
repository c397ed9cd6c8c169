import { createEnvelope, type Envelope, type EnvelopeOptions } from '@greenlang/codec'
import {
  type CircuitState,
  type Clock,
  checkClock,
  checkOptions,
  checkText,
  type Duration,
  InvalidOptionError,
  parseDuration,
  systemClock,
} from '@greenlang/core'
import { checkSource, sourceOptionNames } from '../connect/options.ts'
import type { CheckedSource } from '../connect/source.ts'
import type { RedisSourceOptions } from '../connect/source-options.ts'

export type RedisTierOptions = RedisTierSettings & RedisSourceOptions

/** How it is called, how values become bytes, and what a call may cost. */
interface RedisTierSettings extends EnvelopeOptions {
  /** Label in events, metrics and errors. Not empty. Default `'redis'`. */
  name?: string
  /** Begins each of its keys in Redis. Not empty, no braces. Default `'greenlang:'`. */
  prefix?: string
  /** Cap on any entry's life here. > 0. Default `Infinity`. */
  maxTtl?: Duration
  /** How long one command, or one pipeline, may take. 1 ms to 1 h. Default `'250ms'`. */
  deadline?: Duration
  /** How long an open circuit refuses before one command may try again. 1 ms to 1 d. Default `'10s'`. */
  openFor?: Duration
  /** Told each change of the circuit. Default: nobody. */
  onState?: (state: CircuitState) => void
  /** What the dates of entries, and the deadline, are measured by. Default `systemClock`. */
  clock?: Clock
}

/** `RedisTierOptions` checked, in plain units. The options of the guard are checked by the guard. */
export interface CheckedOptions {
  readonly source: CheckedSource
  readonly name: string
  readonly prefix: string
  readonly maxTtlMs: number
  readonly envelope: Envelope
  readonly clock: Clock
}

const envelopeOptionNames = ['codec', 'compression', 'compressAbove', 'seal'] as const
const optionNames = [
  ...sourceOptionNames,
  'name',
  'prefix',
  'maxTtl',
  ...envelopeOptionNames,
  'deadline',
  'openFor',
  'onState',
  'clock',
]

/** @throws InvalidOptionError for the first option that is missing, out of its range, or does not exist. */
export function checkRedisTierOptions(options: RedisTierOptions): CheckedOptions {
  checkOptions('redisTier', options, optionNames)
  return {
    source: checkSource('redisTier', options),
    name: checkText('name', options.name ?? 'redis'),
    prefix: checkPrefix(options.prefix ?? 'greenlang:'),
    maxTtlMs: parseDuration('maxTtl', options.maxTtl ?? Number.POSITIVE_INFINITY),
    envelope: createEnvelope(envelopeOptions(options)),
    clock: checkClock('clock', options.clock ?? systemClock),
  }
}

function checkPrefix(prefix: string): string {
  if (!/[{}]|\p{Surrogate}/u.test(checkText('prefix', prefix))) return prefix
  throw new InvalidOptionError('prefix', 'a string without braces', prefix)
}

/** Those that were given: what checks them knows no others. */
function envelopeOptions(options: EnvelopeOptions): EnvelopeOptions {
  const given = envelopeOptionNames.filter(name => options[name] !== undefined)
  return Object.fromEntries(given.map(name => [name, options[name]]))
}
