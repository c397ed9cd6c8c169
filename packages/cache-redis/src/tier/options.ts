import { cborCodec } from '@greenlang/codec'
import {
  type CircuitState,
  type Clock,
  type Codec,
  checkClock,
  checkFunction,
  checkOptions,
  checkText,
  type Duration,
  InvalidOptionError,
  parseDuration,
  systemClock,
} from '@greenlang/core'
import type { RedisClient } from '../connect/client.ts'

export type RedisTierOptions = RedisTierSettings &
  (
    | {
        /** Where Redis is: `redis://[[user]:password@]host[:port][/database]`, `rediss://` for TLS. No default. */
        url: string
        client?: never
      }
    | {
        /** A client of node-redis v6 that is yours: connected, watched for errors and closed by you. No default. */
        client: RedisClient
        url?: never
      }
  )

interface RedisTierSettings {
  /** Label in events, metrics and errors. Not empty. Default `'redis'`. */
  name?: string
  /** Begins each of its keys in Redis. Not empty, no braces. Default `'greenlang:'`. */
  prefix?: string
  /** Cap on any entry's life here. > 0. Default `Infinity`. */
  maxTtl?: Duration
  /** Turns values into bytes. Default `cborCodec()` of `@greenlang/codec`. */
  codec?: Codec
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
  readonly source: { readonly url: string } | { readonly client: RedisClient }
  readonly name: string
  readonly prefix: string
  readonly maxTtlMs: number
  readonly codec: Codec
  readonly clock: Clock
}

const optionNames = [
  'url',
  'client',
  'name',
  'prefix',
  'maxTtl',
  'codec',
  'deadline',
  'openFor',
  'onState',
  'clock',
]

/** @throws InvalidOptionError for the first option that is missing, out of its range, or does not exist. */
export function checkRedisTierOptions(options: RedisTierOptions): CheckedOptions {
  checkOptions('redisTier', options, optionNames)
  return {
    source: checkSource(options),
    name: checkText('name', options.name ?? 'redis'),
    prefix: checkPrefix(options.prefix ?? 'greenlang:'),
    maxTtlMs: parseDuration('maxTtl', options.maxTtl ?? Number.POSITIVE_INFINITY),
    codec: checkCodec(options.codec ?? cborCodec()),
    clock: checkClock('clock', options.clock ?? systemClock),
  }
}

function checkSource({ url, client }: RedisTierOptions): CheckedOptions['source'] {
  if ((url === undefined) === (client === undefined))
    throw new InvalidOptionError('url', 'given if client is not, and only then', url)
  if (client === undefined) return { url: checkUrl(url) }
  checkFunction('client.sendCommand', (client as Partial<RedisClient> | null)?.sendCommand)
  return { client }
}

function checkUrl(url: unknown): string {
  if (typeof url === 'string' && isRedisUrl(url)) return url
  throw new InvalidOptionError('url', "an address such as 'redis://localhost:6379' or 'rediss://…/0'", url)
}

function isRedisUrl(text: string): boolean {
  try {
    const { protocol, hostname, pathname, username, password } = new URL(text)
    // node-redis decodes both, and throws on a bare % sign.
    decodeURIComponent(username)
    decodeURIComponent(password)
    return /^rediss?:$/.test(protocol) && hostname !== '' && /^\/?\d*$/.test(pathname)
  } catch {
    return false
  }
}

function checkPrefix(prefix: string): string {
  if (!/[{}]|\p{Surrogate}/u.test(checkText('prefix', prefix))) return prefix
  throw new InvalidOptionError('prefix', 'a string without braces', prefix)
}

function checkCodec(codec: Codec): Codec {
  checkFunction('codec.encode', codec?.encode)
  checkFunction('codec.decode', codec?.decode)
  return codec
}
