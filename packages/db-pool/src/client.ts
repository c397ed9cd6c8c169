/**
 * The client a pool makes its connections with: a `pg.Client` that reports its life to the pool, whose queries have a
 * deadline, and whose loss never crashes the process.
 */
import type { Clock } from '@greenlang/core'
import pg from 'pg'
import type { Connections } from './connections.ts'
import type { Deadlines } from './deadlines.ts'
import { QueryTimeoutError } from './error.ts'
import type { PoolSettings } from './options.ts'
import { isQueryCanceled } from './sqlstate.ts'

export interface PooledClient extends pg.PoolClient {
  /** Whether the server has said that it is ready for the next query; `undefined` once there is no server any more. */
  isReady(): boolean | undefined
  /** Closes the socket now, whatever is in flight. */
  cut(): void
}

type ConnectCallback = (error?: Error) => void
type QueryCallback = (error: unknown, result?: unknown) => void
type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

export interface ClientContext {
  readonly settings: PoolSettings
  readonly connections: Connections
  readonly deadlines: Deadlines
}

export function createClientClass(context: ClientContext): new (config?: pg.ClientConfig) => PooledClient {
  const { connections } = context

  class GreenlangClient extends pg.Client {
    #lost = false
    release(): void {}

    constructor(config?: pg.ClientConfig) {
      super(config)
      // For its whole life: an 'error' event that nobody hears ends the process. The query in flight gets the error.
      this.on('error', () => {
        this.#lost = true
      })
      this.once('end', () => {
        this.#lost = true
        connections.closed(this)
      })
    }

    override connect(callback?: unknown): never {
      connections.connecting(this)
      const settle: ConnectCallback = error => {
        if (error) connections.failed(this, error)
        else connections.opened(this)
        ;(callback as ConnectCallback)(error)
      }
      return (super.connect as AnyFunction).call(this, settle) as never
    }

    override query(config: unknown, values?: unknown, callback?: unknown): never {
      const send = super.query as AnyFunction
      // A cursor or stream lives as long as its reader takes: only the server's own limit holds for it.
      if (isSubmittable(config)) return send.call(this, config, values, callback) as never
      const query = startQuery(context, this)
      const given = findCallback(config, values, callback)
      if (given) {
        const settle: QueryCallback = (error, result) => given(query.end(error), result)
        return send.call(this, config, typeof values === 'function' ? undefined : values, settle) as never
      }
      const result = send.call(this, config, values) as Promise<unknown>
      return result.then(
        value => {
          query.end(undefined)
          return value
        },
        error => {
          throw query.end(error)
        },
      ) as never
    }

    isReady(): boolean | undefined {
      if (this.#lost) return undefined
      return (this as { readyForQuery?: boolean }).readyForQuery === true
    }

    cut(): void {
      this.connection.stream.destroy()
    }
  }

  return GreenlangClient
}

interface RunningQuery {
  /** The error to hand to the caller in place of `error`. */
  end(error: unknown): unknown
}

function startQuery({ settings, deadlines }: ClientContext, client: PooledClient): RunningQuery {
  const { clock } = settings
  const startedAt = clock.now()
  let expired = false
  const deadline = deadlines.add(() => {
    expired = true
    client.cut()
  })
  const ranOut = (error: unknown) =>
    expired || (isQueryCanceled(error) && outlived(settings, startedAt, clock))
  return {
    end(error) {
      deadline.cancel()
      if (!error || !ranOut(error)) return error
      return new QueryTimeoutError(settings.name, settings.queryTimeoutMs, error)
    },
  }
}

/** Tells the server's own limit from a cancel request: the code is the same, and the text is translated. */
function outlived(settings: PoolSettings, startedAt: number, clock: Clock): boolean {
  return clock.now() - startedAt >= settings.statementTimeoutMs
}

export function isSubmittable(config: unknown): boolean {
  return typeof (config as { submit?: unknown } | null | undefined)?.submit === 'function'
}

function findCallback(config: unknown, values: unknown, callback: unknown): QueryCallback | undefined {
  const own = (config as { callback?: unknown } | null | undefined)?.callback
  return [callback, values, own].find(candidate => typeof candidate === 'function') as
    | QueryCallback
    | undefined
}
