/**
 * The database as the origin of invalidations: whatever program writes to it, what commits is told to the cache, and what
 * rolls back is not. One process at a time is the bridge from the outbox to the cache; the others hear it by the cache's bus, and
 * one of them takes over when the bridge's session ends.
 */
import { notify } from '@greenlang/core'
import { applyRows } from './apply-rows.ts'
import { quoteName } from './identifier.ts'
import { passOutbox } from './outbox.ts'
import type { OutboxRow } from './outbox-row.ts'
import { openSession, type Session } from './session.ts'
import {
  checkSource,
  type PostgresSourceOptions,
  type PostgresSourceState,
  type SourceSettings,
} from './source-options.ts'

export interface PostgresSourceStats {
  /** Rows that were applied by this process. */
  readonly applied: number
  /** How often a row was tried and stayed. */
  readonly failed: number
  /** Age of the oldest row when the outbox was last looked at, in ms; `undefined` where another process looks. */
  readonly lagMs: number | undefined
  readonly isBridge: boolean
}

export interface PostgresSource extends AsyncDisposable {
  readonly state: PostgresSourceState
  /** Works after `close` too. */
  stats(): PostgresSourceStats
  /** Waits for the batch under way, then ends the connection. Idempotent; never rejects. */
  close(): Promise<void>
}

/**
 * Begins to connect at once, in the background, and never gives up.
 * @throws InvalidOptionError for a bad option.
 */
export function postgresSource(options: PostgresSourceOptions): PostgresSource {
  return new OutboxSource(checkSource(options))
}

const shortestRetryMs = 100
const longestRetryMs = 10_000
/** Longest pause while the cache acknowledges nothing, unless the poll is slower. */
const longestRefusalMs = 10_000
/** What a session may be silent for beyond what it plans, before the server ends it: half-open ones give up the lock by that. */
const spareMs = 30_000

class OutboxSource implements PostgresSource {
  readonly #settings: SourceSettings
  readonly #closing = new AbortController()
  readonly #ended: Promise<void>
  #state: PostgresSourceState = { kind: 'connecting' }
  #applied = 0
  #failed = 0
  #lagMs: number | undefined
  /** Sessions in a row that came to nothing. */
  #failures = 0

  constructor(settings: SourceSettings) {
    this.#settings = settings
    this.#ended = this.#run()
  }

  get state(): PostgresSourceState {
    return this.#state
  }

  stats(): PostgresSourceStats {
    const isBridge = this.#state.kind === 'bridge'
    return { applied: this.#applied, failed: this.#failed, lagMs: this.#lagMs, isBridge }
  }

  close(): Promise<void> {
    this.#closing.abort()
    return this.#ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      if (this.#state.kind !== 'connecting') this.#become({ kind: 'connecting' })
      try {
        await this.#serve()
      } catch (error) {
        if (!this.#closing.signal.aborted) await this.#pause(error)
      }
    }
    this.#become({ kind: 'closed' })
  }

  async #pause(error: unknown): Promise<void> {
    const { clock, onError } = this.#settings
    const retryInMs = retryMs(this.#failures)
    this.#failures += 1
    notify(onError, error)
    this.#become({ kind: 'down', error, retryInMs })
    await clock.sleep(retryInMs, { signal: this.#closing.signal, ref: false }).catch(ignore)
  }

  /** One session, until the source closes. Rejects when the session fails. */
  async #serve(): Promise<void> {
    const { connect, queryMs: limitMs, clock, channel } = this.#settings
    const session = await openSession({ connect, limitMs, clock, closing: this.#closing.signal })
    try {
      await this.#prepare(session)
      if (!(await this.#waitForLock(session))) return
      await session.query(`listen ${quoteName(channel)}`)
      this.#become({ kind: 'bridge' })
      await this.#bridge(session)
    } finally {
      this.#lagMs = undefined
      await session.end()
    }
  }

  async #prepare(session: Session): Promise<void> {
    const { pollMs, lockMs, queryMs, ackMs } = this.#settings
    const silentMs = 2 * Math.max(pollMs, lockMs, longestRefusalMs) + spareMs
    await session.query(
      `select set_config('statement_timeout', $1, false), set_config('idle_session_timeout', $2, false),
set_config('idle_in_transaction_session_timeout', $3, false)`,
      [queryMs, silentMs, 2 * ackMs + spareMs].map(ms => String(Math.ceil(ms))),
    )
  }

  /** `false`: the source closes. The server gives the lock back when the session ends, however it ends. */
  async #waitForLock(session: Session): Promise<boolean> {
    const { schema, table, lockMs } = this.#settings
    while (!this.#closing.signal.aborted) {
      const rows = await session.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as held', [
        `greenlang outbox ${quoteName(schema)}.${quoteName(table)}`,
      ])
      if (rows[0]?.held === true) return true
      this.#failures = 0
      if (this.#state.kind !== 'waiting') this.#become({ kind: 'waiting' })
      await session.wait(lockMs)
    }
    return false
  }

  async #bridge(session: Session): Promise<void> {
    const { schema, table, batchSize, pollMs } = this.#settings
    const plan = {
      ...{ schema, table, batchSize, closing: this.#closing.signal },
      apply: (rows: readonly OutboxRow[]) => applyRows(this.#settings, rows),
      onBatch: (done: number, left: number) => {
        this.#applied += done
        this.#failed += left
      },
      onLag: (ageMs: number) => {
        this.#lagMs = ageMs
      },
    }
    for (let refusals = 0; !this.#closing.signal.aborted; ) {
      const { refused } = await passOutbox(session, plan)
      this.#failures = 0
      // Notifications would only have the cache asked more often while it acknowledges nothing.
      await session.wait(refused ? refusalMs(pollMs, refusals) : pollMs, refused)
      refusals = refused ? refusals + 1 : 0
    }
  }

  #become(state: PostgresSourceState): void {
    this.#state = state
    notify(this.#settings.onState, state)
  }
}

/** Twice as long after each failure, and somewhere in the upper half: processes do not come back in step. */
const retryMs = (failures: number) =>
  Math.min(shortestRetryMs * 2 ** failures, longestRetryMs) * (0.5 + Math.random() / 2)

const refusalMs = (pollMs: number, refusals: number) =>
  Math.min(pollMs * 2 ** refusals, Math.max(pollMs, longestRefusalMs))

function ignore(): void {}
