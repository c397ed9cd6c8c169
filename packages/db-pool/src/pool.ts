/**
 * How it works: pg-pool keeps the connections and the queue; this subclass stands at its three doors. `connect` puts a
 * deadline on the whole wait and hands out a `release` that is safe to call; `query` gives the connection back unless
 * its error ended it; `end` answers everybody and leaves no socket.
 *
 * A connection comes back only after the server said ReadyForQuery: before that its transaction status is the one of an
 * earlier moment, and the error of a query arrives earlier. Status other than idle: it is closed, not lent again.
 *
 * Rejected: a proxy per loan, which would make a late second `release` harmless too, but libraries recognise a client
 * by identity.
 */
import { ClosedError, InvalidArgumentError, isGreenlangError } from '@greenlang/core'
import pg from 'pg'
import { createClientClass, isSubmittable, type PooledClient } from './client.ts'
import { type Connections, createConnections } from './connections.ts'
import { createDeadlines, type Deadlines } from './deadlines.ts'
import { AcquireTimeoutError, type PoolLoad } from './error.ts'
import { type Checkout, lend } from './loan.ts'
import { createMonitor, type Monitor, type PoolStats } from './monitor.ts'
import { type PoolOptions, type PoolSettings, parsePoolOptions } from './options.ts'
import { hidePassword, pgPoolOptions, shortenLifetimes } from './pg-pool-options.ts'
import { endsConnection } from './sqlstate.ts'

/** A `pg.Pool` that every library that takes one can use. */
export interface Pool extends pg.Pool, AsyncDisposable {
  /** Name in events, errors and metrics. */
  readonly name: string
  stats(): PoolStats
  /**
   * Refuses new work, answers every waiter with `ClosedError`, waits for borrowed connections for `queryTimeout` and
   * then cuts them. Idempotent; `end()` is the same. Afterwards no socket and no timer is left.
   */
  close(): Promise<void>
}

/** @throws InvalidOptionError */
export function createPool(options: PoolOptions): Pool {
  const settings = parsePoolOptions(options)
  const monitor = createMonitor(settings)
  const connections = createConnections(monitor)
  const queryDeadlines = createDeadlines(settings.clock, settings.queryTimeoutMs)
  return new GreenlangPool({ settings, monitor, connections, queryDeadlines })
}

interface Parts {
  readonly settings: PoolSettings
  readonly monitor: Monitor
  readonly connections: Connections
  readonly queryDeadlines: Deadlines
}

interface Waiter {
  reject(error: unknown): void
}

type ConnectCallback = (error: unknown, client: unknown, release: unknown) => void
type QueryCallback = (error: unknown, result?: unknown) => void

class GreenlangPool extends pg.Pool implements Pool {
  readonly name: string
  readonly #parts: Parts
  readonly #acquireDeadlines: Deadlines
  readonly #waiters = new Set<Waiter>()
  readonly #borrowed = new Set<PooledClient>()
  #closing: Promise<void> | undefined

  constructor(parts: Parts) {
    const { settings, connections, queryDeadlines } = parts
    const Client = createClientClass({ settings, connections, deadlines: queryDeadlines })
    super(pgPoolOptions(settings, Client as never))
    hidePassword(this.options)
    shortenLifetimes(this.options, settings.maxLifetimeMs)
    this.name = settings.name
    this.#parts = parts
    this.#acquireDeadlines = createDeadlines(settings.clock, settings.acquireTimeoutMs)
    // The loss of an idle connection: it is gone from the pool already, and unheard it would end the process.
    this.on('error', () => {})
  }

  override connect(callback?: unknown): never {
    const checkout = this.#checkOut()
    if (typeof callback !== 'function') return checkout as never
    checkout.then(
      client => process.nextTick(callback as ConnectCallback, undefined, client, client.release),
      error => process.nextTick(callback as ConnectCallback, error, undefined, ignore),
    )
    return undefined as never
  }

  override query(config: unknown, values?: unknown, callback?: unknown): never {
    const done = typeof values === 'function' ? values : callback
    const result = this.#query(config, typeof values === 'function' ? undefined : values)
    if (typeof done !== 'function') return result as never
    result.then(
      rows => process.nextTick(done as QueryCallback, undefined, rows),
      error => process.nextTick(done as QueryCallback, error),
    )
    return undefined as never
  }

  override end(callback?: unknown): never {
    this.#closing ??= this.#close()
    if (typeof callback !== 'function') return this.#closing as never
    this.#closing.then(() => process.nextTick(callback as () => void))
    return undefined as never
  }

  close(): Promise<void> {
    return this.end()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }

  stats(): PoolStats {
    return this.#parts.monitor.stats(this.#load())
  }

  #load(): PoolLoad {
    return {
      active: this.#borrowed.size,
      idle: this.idleCount,
      waiting: this.#waiters.size,
      max: this.#parts.settings.size,
    }
  }

  async #query(config: unknown, values: unknown): Promise<unknown> {
    if (isSubmittable(config))
      throw new InvalidArgumentError('query', 'text or a config; give a cursor or stream a client', config)
    const client = await this.#checkOut()
    let broken = false
    try {
      return await (client as LooseClient).query(config, values)
    } catch (error) {
      broken = endsConnection(error)
      throw error
    } finally {
      client.release(broken)
    }
  }

  async #checkOut(): Promise<PooledClient> {
    if (this.#closing) throw new ClosedError(`pool "${this.name}"`)
    const { monitor, settings, queryDeadlines } = this.#parts
    const since = settings.clock.now()
    try {
      const checkout = await this.#wait()
      monitor.acquired('ok', since)
      const onReturned = () => this.#returned(checkout, since)
      return lend(checkout, { deadlines: queryDeadlines, onReturned })
    } catch (error) {
      monitor.acquired(isGreenlangError(error, 'ACQUIRE_TIMEOUT') ? 'timed-out' : 'failed', since)
      throw error
    }
  }

  #returned({ client }: Checkout, since: number): void {
    this.#borrowed.delete(client)
    this.#parts.monitor.released(since)
  }

  #wait(): Promise<Checkout> {
    const { clock, acquireTimeoutMs } = this.#parts.settings
    const limitAt = clock.now() + acquireTimeoutMs
    return new Promise((resolve, reject) => {
      const settle = () => {
        deadline.cancel()
        return this.#waiters.delete(waiter)
      }
      const waiter: Waiter = { reject: error => settle() && reject(error) }
      const deadline = this.#acquireDeadlines.add(() => waiter.reject(this.#timeoutError()))
      this.#waiters.add(waiter)
      super.connect((error, connected, takeBack) => {
        // After a stall of ours the sweep of pg-pool may come before our deadline's turn.
        if (!connected && clock.now() >= limitAt) return waiter.reject(this.#timeoutError())
        // Too late for this caller, in time for the next one.
        if (!settle()) return connected && takeBack()
        if (!connected) return reject(error)
        const client = connected as PooledClient
        // Until its new borrower runs, a second release by the last one must not reach it.
        client.release = ignore
        this.#borrowed.add(client)
        resolve({ client, takeBack })
      })
    })
  }

  #timeoutError(): AcquireTimeoutError {
    const { settings, connections } = this.#parts
    return new AcquireTimeoutError(
      this.name,
      settings.acquireTimeoutMs,
      this.#load(),
      connections.lastFailure,
    )
  }

  async #close(): Promise<void> {
    const { connections, queryDeadlines } = this.#parts
    this.#acquireDeadlines.close()
    for (const waiter of this.#waiters) waiter.reject(new ClosedError(`pool "${this.name}"`))
    connections.cutConnecting()
    queryDeadlines.add(() => this.#cutAll())
    await super.end()
    await connections.allClosed()
    queryDeadlines.close()
  }

  #cutAll(): void {
    this.#parts.connections.cutAll()
    for (const client of this.#borrowed) client.release(true)
  }
}

// Libraries ask the constructor's name, and a minifier must not change it.
Object.defineProperty(GreenlangPool, 'name', { value: 'GreenlangPool' })

interface LooseClient {
  query(config: unknown, values: unknown): Promise<unknown>
}

function ignore(): void {}
