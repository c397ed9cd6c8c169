import {
  type Clock,
  checkClock,
  checkFunction,
  checkInteger,
  checkOptions,
  type Duration,
  InvalidOptionError,
  parseDuration,
  systemClock,
} from '@greenlang/core'
import type { InvalidationAnswer, Invalidator } from '../events/rule-types.ts'
import type { PostgresClient } from './client.ts'
import {
  checkOutboxNames,
  type OutboxNames,
  type OutboxNamesOptions,
  outboxNameOptions,
} from './outbox-names.ts'

/** What is used of `createEventRules()`, whatever its events are. */
export interface EventSink {
  emit(
    event: string,
    payload: unknown,
  ): Promise<{
    /** Rules there are for the event; where there are none its row stays. Default: it is not looked at. */
    readonly rules?: number
    readonly failed: number
    readonly results: readonly InvalidationAnswer[]
  }>
}

/** Where a source stands. */
export type PostgresSourceState =
  /** Connecting, for the first time or again. */
  | { readonly kind: 'connecting' }
  /** Connected; another process is the bridge. */
  | { readonly kind: 'waiting' }
  /** This process applies what the outbox has. */
  | { readonly kind: 'bridge' }
  /** There is no connection; the next attempt is in so many ms. */
  | { readonly kind: 'down'; readonly error: unknown; readonly retryInMs: number }
  | { readonly kind: 'closed' }

export interface PostgresSourceOptions extends OutboxNamesOptions {
  /** The cache, or a namespace of one, that is told what to invalidate. Give it a bus: the others hear it by that. No default. */
  target: Invalidator
  /** Told the events of the outbox: `createEventRules()`. Default: none; rows with an event stay. */
  rules?: EventSink
  /**
   * Makes a connection that is the source's own: connected, straight to the primary (no pooler that shares sessions), ended by
   * the source. No default.
   */
  connect: () => Promise<PostgresClient>
  /** How often the outbox is looked at without a NOTIFY. 1 ms to 1 h. Default `'1s'`. */
  pollEvery?: Duration
  /** How often a source that is not the bridge tries to become it. 1 ms to 1 h. Default `'5s'`. */
  lockEvery?: Duration
  /** Most rows that are read and applied at once. 1 to 10 000. Default `500`. */
  batchSize?: number
  /** How long a connect, and one query, may take. 1 ms to 1 h. Default `'10s'`. */
  queryTimeout?: Duration
  /** How long the cache may take to acknowledge a batch. 1 ms to 1 h. Default `'30s'`. */
  ackTimeout?: Duration
  /** Told each change of state. Default: nobody. */
  onState?: (state: PostgresSourceState) => void
  /** Told why a connection ended, and why a row stays. Default: nobody. */
  onError?: (error: unknown) => void
  /** What waits are measured by. Default `systemClock`. */
  clock?: Clock
}

export interface SourceSettings extends OutboxNames {
  readonly target: Invalidator
  readonly rules: EventSink | undefined
  readonly connect: () => Promise<PostgresClient>
  readonly pollMs: number
  readonly lockMs: number
  readonly batchSize: number
  readonly queryMs: number
  readonly ackMs: number
  readonly onState: ((state: PostgresSourceState) => void) | undefined
  readonly onError: ((error: unknown) => void) | undefined
  readonly clock: Clock
}

const names = [
  ...outboxNameOptions,
  ...['target', 'rules', 'connect', 'pollEvery', 'lockEvery', 'batchSize', 'queryTimeout', 'ackTimeout'],
  ...['onState', 'onError', 'clock'],
]
const range = { minMs: 1, maxMs: 3_600_000 }
const mostRows = 10_000

/** @throws InvalidOptionError for a bad option. */
export function checkSource(options: PostgresSourceOptions): SourceSettings {
  checkOptions('postgresSource', options, names)
  const { pollEvery = '1s', lockEvery = '5s', queryTimeout = '10s', ackTimeout = '30s' } = options
  const { target, rules, connect, batchSize = 500, onState, onError, clock = systemClock } = options
  if (typeof target?.invalidate !== 'function')
    throw new InvalidOptionError('target', 'a cache: something with invalidate()', target)
  if (rules !== undefined && typeof rules?.emit !== 'function')
    throw new InvalidOptionError('rules', 'what createEventRules() returns', rules)
  return {
    ...checkOutboxNames(options),
    target,
    rules,
    connect: checkFunction('connect', connect),
    pollMs: parseDuration('pollEvery', pollEvery, range),
    lockMs: parseDuration('lockEvery', lockEvery, range),
    batchSize: checkInteger('batchSize', batchSize, 1, mostRows),
    queryMs: parseDuration('queryTimeout', queryTimeout, range),
    ackMs: parseDuration('ackTimeout', ackTimeout, range),
    onState: onState && checkFunction('onState', onState),
    onError: onError && checkFunction('onError', onError),
    clock: checkClock('clock', clock),
  }
}
