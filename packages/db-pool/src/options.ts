import {
  type Clock,
  checkClock,
  checkFunction,
  checkInteger,
  checkOptions,
  checkText,
  createLatencyRecorder,
  type Duration,
  InvalidOptionError,
  type LatencyRecorder,
  type Observer,
  type PoolEvent,
  parseDuration,
  systemClock,
} from '@greenlang/core'
import pg from 'pg'

/** What `pg` calls its ClientConfig, less what the pool itself decides. */
export type PoolConnection = Omit<pg.ClientConfig, ManagedName>

/** One of `url` and `connection` is required. */
export type PoolOptions = PoolTarget & {
  /** Name in events, errors and metrics. A string that is not empty. Default `'default'`. */
  name?: string
  /** Most connections open at once. Whole number of connections, 1 to 10000. Default `20`. */
  size?: number
  /** Longest wait for a connection, in the queue and while connecting together. Default `'30s'`. */
  acquireTimeout?: Duration
  /**
   * Longest a query may take until its caller is answered. The server gets a tenth less, at most 500 ms less, so that it
   * stops first and the connection lives. > 0, or `Infinity`. Default `'30s'`.
   */
  queryTimeout?: Duration
  /** A connection unused this long is closed. > 0, or `Infinity`. Default `'10m'`. */
  idleTimeout?: Duration
  /** A connection this old, less up to a random tenth, is closed once it is free. > 0, or `Infinity`. Default `'1h'`. */
  maxLifetime?: Duration
  /** The server ends a connection that idles inside a transaction this long. > 0, or `Infinity`. Default `'1m'`. */
  idleInTransactionTimeout?: Duration
  /** What pg_stat_activity shows. A string that is not empty. Default: that of the url, else `greenlang/<name>`. */
  applicationName?: string
  /** Receives events. Default: none. */
  observer?: Observer<PoolEvent>
  /** Where time is read and waited for. Default `systemClock`. */
  clock?: Clock
  /** Makes the recorders behind `stats()`. Default: `createLatencyRecorder` of core. */
  latency?: () => LatencyRecorder
}

type PoolTarget =
  | {
      /** Where the server is: `postgres://user@host:5432/database`. No default. */
      url: string
      connection?: never
    }
  | {
      /** Where the server is, in the fields of pg's client; what is missing comes from the PG* variables. No default. */
      connection: PoolConnection
      url?: never
    }

/** Options after checking: no strings to parse, nothing optional. `Infinity` means never. */
export interface PoolSettings {
  readonly client: pg.ClientConfig
  readonly name: string
  readonly size: number
  readonly acquireTimeoutMs: number
  readonly queryTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly maxLifetimeMs: number
  readonly observer: Observer<PoolEvent> | undefined
  readonly clock: Clock
  readonly latency: () => LatencyRecorder
}

const managedNames = [
  'application_name',
  'connectionString',
  'connectionTimeoutMillis',
  'fallback_application_name',
  'idle_in_transaction_session_timeout',
  'pipeline',
  'query_timeout',
  'statement_timeout',
] as const
type ManagedName = (typeof managedNames)[number]

/** Of these pg takes the url's word before ours. The name of the application may be given there. */
const managedInUrl: readonly string[] = managedNames.filter(name => name !== 'application_name')

/** Listed, as pg ignores a name it does not know; its pool's own names would overrule ours. */
const connectionNames = [
  'client_encoding',
  'database',
  'enableChannelBinding',
  'host',
  'keepAlive',
  'keepAliveInitialDelayMillis',
  'lock_timeout',
  'options',
  'password',
  'port',
  'ssl',
  'sslnegotiation',
  'stream',
  'types',
  'user',
] as const satisfies readonly (keyof PoolConnection)[]

const optionNames = [
  'url',
  'connection',
  'name',
  'size',
  'acquireTimeout',
  'queryTimeout',
  'idleTimeout',
  'maxLifetime',
  'idleInTransactionTimeout',
  'applicationName',
  'observer',
  'clock',
  'latency',
]

/** Longest wait a timer of Node can hold: pg-pool's own timers fire at once beyond it. */
const longestMs = 2_147_000_000
const mostHeadStartMs = 500

/** @throws InvalidOptionError naming the option, its range and what was given. */
export function parsePoolOptions(options: PoolOptions): PoolSettings {
  checkOptions('createPool options', options, optionNames)
  const queryTimeoutMs = parseLimit('queryTimeout', options.queryTimeout ?? '30s')
  const name = checkText('name', options.name ?? 'default')
  const headStartMs = Math.min(mostHeadStartMs, queryTimeoutMs / 10)
  const settings = {
    name,
    size: checkInteger('size', options.size ?? 20, 1, 10_000),
    acquireTimeoutMs: parseDuration('acquireTimeout', options.acquireTimeout ?? '30s', {
      minMs: 1,
      maxMs: longestMs,
    }),
    queryTimeoutMs,
    statementTimeoutMs: Math.max(1, Math.floor(queryTimeoutMs - headStartMs)),
    idleTimeoutMs: parseLimit('idleTimeout', options.idleTimeout ?? '10m'),
    maxLifetimeMs: parseLimit('maxLifetime', options.maxLifetime ?? '1h'),
    observer: options.observer === undefined ? undefined : checkFunction('observer', options.observer),
    clock: checkClock('clock', options.clock ?? systemClock),
    latency: checkFunction('latency', options.latency ?? createLatencyRecorder),
  }
  return { ...settings, client: parseClient(options, name, settings.statementTimeoutMs) }
}

function parseClient(options: PoolOptions, name: string, statementTimeoutMs: number): pg.ClientConfig {
  const idleInTransactionMs = parseLimit('idleInTransactionTimeout', options.idleInTransactionTimeout ?? '1m')
  const client: pg.ClientConfig = { ...parseTarget(options), fallback_application_name: `greenlang/${name}` }
  if (options.applicationName !== undefined)
    client.application_name = checkText('applicationName', options.applicationName)
  if (Number.isFinite(statementTimeoutMs)) client.statement_timeout = statementTimeoutMs
  if (Number.isFinite(idleInTransactionMs))
    client.idle_in_transaction_session_timeout = Math.ceil(idleInTransactionMs)
  return client
}

function parseTarget({ url, connection }: PoolOptions): pg.ClientConfig {
  if ((url === undefined) === (connection === undefined))
    throw new InvalidOptionError('url', 'given, or connection instead of it, not both', url)
  if (connection === undefined) return parseUrl(url)
  const managed = managedNames.find(name => name in Object(connection))
  if (managed) throw managedError(`connection.${managed}`)
  checkOptions('connection', connection, connectionNames)
  return { ...connection }
}

function parseUrl(url: unknown): pg.ClientConfig {
  const expected = "a PostgreSQL url such as 'postgres://user@host:5432/database'"
  if (typeof url !== 'string' || !/^(?:postgres(?:ql)?:\/\/|socket:|\/)/i.test(url))
    throw new InvalidOptionError('url', expected, url)
  try {
    new pg.Client({ connectionString: url })
  } catch {
    throw new InvalidOptionError('url', expected, url)
  }
  const managed = parameterNames(url).find(name => managedInUrl.includes(name))
  if (managed) throw managedError(`url?${managed}`)
  return { connectionString: url }
}

function parameterNames(url: string): string[] {
  const [, parameters] = /^[^?#]*\?([^#]*)/.exec(url) ?? []
  return [...new URLSearchParams(parameters).keys()]
}

function managedError(option: string): InvalidOptionError {
  return new InvalidOptionError(option, 'left out: the pool decides it by an option of its own', undefined)
}

function parseLimit(option: string, value: Duration): number {
  return value === Number.POSITIVE_INFINITY
    ? value
    : parseDuration(option, value, { minMs: 1, maxMs: longestMs })
}
