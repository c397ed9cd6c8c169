/** One connection, from its making to its end: what is asked of it has a deadline, and its end is heard of. */
import { type Clock, isGreenlangError } from '@greenlang/core'
import { within } from '../within.ts'
import type { PostgresClient } from './client.ts'
import { PostgresSourceLostError } from './error.ts'

export interface SessionPlan {
  readonly connect: () => Promise<PostgresClient>
  /** How long the connecting and each query may take. */
  readonly limitMs: number
  readonly clock: Clock
  /** Gives up the connecting, and cuts waits short. */
  readonly closing: AbortSignal
}

export interface Session {
  /** The rows. Rejects when the session is lost, or does not answer. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>
  /**
   * Until there was a notification since the last wait, the time is over, or the source closes; `deaf` waits through
   * notifications. Rejects when the session is lost.
   */
  wait(ms: number, deaf?: boolean): Promise<void>
  /** Never rejects. */
  end(): Promise<void>
}

export async function openSession(plan: SessionPlan): Promise<Session> {
  const { clock, limitMs, closing } = plan
  const connecting = Promise.resolve().then(plan.connect)
  const opened = connecting.then(client => new ClientSession(client, plan))
  try {
    return await within(opened, { subject: 'a connection of the source', limitMs, clock, signal: closing })
  } catch (error) {
    // One that comes too late is nobody's.
    void opened.then(late => late.end()).catch(ignore)
    throw error
  }
}

class ClientSession implements Session {
  readonly #client: PostgresClient
  readonly #plan: SessionPlan
  #lost: PostgresSourceLostError | undefined
  #notified = false
  #nap: { readonly deaf: boolean; readonly waking: AbortController } | undefined

  constructor(client: PostgresClient, plan: SessionPlan) {
    this.#client = client
    this.#plan = plan
    client.on('notification', () => this.#hear())
    client.on('error', error => this.#lose(error))
    client.on('end', () => this.#lose())
    plan.closing.addEventListener('abort', this.#wake)
  }

  async query(text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    if (this.#lost !== undefined) throw this.#lost
    const { limitMs, clock } = this.#plan
    const asked = this.#client.query(text, [...values])
    try {
      return (await within(asked, { subject: 'a query of the source', limitMs, clock })).rows
    } catch (error) {
      if (isGreenlangError(error, 'DEADLINE')) this.#lose(error)
      throw error
    }
  }

  async wait(ms: number, deaf = false): Promise<void> {
    const isWanted = () => !this.#plan.closing.aborted && this.#lost === undefined
    if (isWanted() && (deaf || !this.#notified)) {
      const waking = new AbortController()
      this.#nap = { deaf, waking }
      await this.#plan.clock.sleep(ms, { signal: waking.signal, ref: false }).catch(ignore)
      this.#nap = undefined
    }
    this.#notified = false
    if (this.#lost !== undefined) throw this.#lost
  }

  async end(): Promise<void> {
    const { clock, limitMs, closing } = this.#plan
    closing.removeEventListener('abort', this.#wake)
    await within(this.#client.end(), { subject: 'the end of a connection', limitMs, clock }).catch(ignore)
  }

  #hear(): void {
    this.#notified = true
    if (this.#nap?.deaf === false) this.#wake()
  }

  #lose(cause?: unknown): void {
    this.#lost ??= new PostgresSourceLostError('the connection of the source ended', cause)
    this.#wake()
  }

  readonly #wake = () => this.#nap?.waking.abort()
}

function ignore(): void {}
