/**
 * One connection to one server, from its connect until it is lost or ended; there is no second life. What would go on
 * with a broken one is off: a client of node-redis that met bytes it cannot read drops what it holds and reads on, so
 * every error ends the session, and with it all that waits. A reply is never given to another command.
 */
import { isGreenlangError, systemClock } from '@greenlang/core'
import { withDeadline } from '@greenlang/resilience'
import { createClient, RESP_TYPES } from 'redis'
import { type Access, type RedisAddress, tlsOptions } from './address.ts'
import type { Send } from './link.ts'
import { SilenceWatch } from './silence-watch.ts'

export interface SessionPlan {
  readonly address: RedisAddress
  readonly access: Access
  /** Told to the server first of all. */
  readonly scripts?: readonly string[]
  /** Refuses a server that says that it is a replica. */
  readonly primaryOnly?: boolean
  /** Heard from the moment the session stands. */
  readonly subscription?: Subscription
}

export interface Subscription {
  readonly channels: readonly string[]
  hear(channel: string, message: string): void
}

/** One life of a connection. */
export interface Session {
  readonly send: Send
  /** Resolves with the reason when it is over, whoever ended it. */
  readonly lost: Promise<unknown>
  /** At once; what is under way rejects. */
  end(reason: unknown): void
  /** What is under way may still be answered, for a moment. Never rejects. */
  close(): Promise<void>
}

export interface ServerSession extends Session {
  readonly address: RedisAddress
}

/** Commands unanswered at once; more are refused. */
export const longestQueue = 10_000
/** How old a session with a server by a fixed name is before READONLY makes the name be looked up again, in ms. */
const demotedAfterMs = 10_000
/** How long commands under way may still be answered when the session is closed. */
const goodbyeMs = 500

const sendOptions = { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } as const

/** Rejects with what the socket or the server said, or the reason of `signal`; then nothing is left. */
export async function openSession(plan: SessionPlan, signal: AbortSignal): Promise<ServerSession> {
  signal.throwIfAborted()
  const session = new ClientSession(plan)
  const abandon = () => session.end(signal.reason)
  signal.addEventListener('abort', abandon)
  try {
    await session.begin()
    return session
  } catch (error) {
    session.end(error)
    throw error
  } finally {
    signal.removeEventListener('abort', abandon)
  }
}

class ClientSession implements ServerSession {
  readonly lost: Promise<unknown>
  readonly #plan: SessionPlan
  readonly #ending = new AbortController()
  readonly #client: ReturnType<typeof newClient>
  readonly #watch: SilenceWatch
  #lose: (reason: unknown) => void = ignore
  readonly #begun = systemClock.now()

  constructor(plan: SessionPlan) {
    this.#plan = plan
    this.lost = new Promise(resolve => {
      this.#lose = resolve
    })
    const { signal } = this.#ending
    this.#client = newClient(plan, signal)
    this.#client.on('error', error => this.end(error)).once('end', () => this.end(undefined))
    // What is under way is about to be told the same reason.
    this.#client.once('terminated', reason => this.#over(reason, queueMicrotask))
    const onSilence = () => this.end(failure('SILENT', 'the server answers nothing'))
    this.#watch = new SilenceWatch({ signal, onSilence, ping: () => this.send(['PING']).catch(ignore) })
  }

  get address(): RedisAddress {
    return this.#plan.address
  }

  async begin(): Promise<void> {
    const { subscription, scripts = [], primaryOnly = false } = this.#plan
    await this.#orLost(this.#client.connect())
    for (const script of scripts) this.send(['SCRIPT', 'LOAD', script]).catch(ignore)
    // A user may be forbidden to ask: then the one who named the server is believed.
    if (primaryOnly) refuseReplica(await this.send(['ROLE']).catch(ignore))
    if (subscription) await this.#orLost(this.#subscribe(subscription))
    if (this.#ending.signal.aborted) throw await this.lost
  }

  readonly send: Send = command => {
    if (this.#watch.unanswered >= longestQueue) return Promise.reject(queueFull())
    const reply = this.#client.sendCommand(command, sendOptions)
    this.#watch.sent()
    reply.then(this.#onReply, this.#onRefusal)
    return reply
  }

  end(reason: unknown): void {
    this.#over(reason, destroy => destroy())
  }

  async close(): Promise<void> {
    if (this.#ending.signal.aborted) return
    await withDeadline('the last replies', goodbyeMs, () => this.#client.close()).catch(ignore)
    this.end(undefined)
  }

  readonly #onReply = () => this.#watch.answered()

  readonly #onRefusal = (error: unknown) => {
    this.#watch.answered()
    if (!isReadonly(error)) return
    if (this.#plan.primaryOnly || systemClock.now() - this.#begun > demotedAfterMs) this.end(error)
  }

  #over(reason: unknown, when: (destroy: () => void) => void): void {
    if (this.#ending.signal.aborted) return
    this.#ending.abort()
    this.#lose(reason ?? failure('LOST', 'the connection was lost'))
    when(() => this.#client.destroy())
  }

  /** All in one command: they begin together. */
  async #subscribe({ channels, hear }: Subscription): Promise<void> {
    await this.#client.subscribe([...channels], (message, channel) => hear(channel, message))
  }

  /** A handshake on a socket that died may never settle. */
  #orLost<T>(step: Promise<T>): Promise<T> {
    const lost = this.lost.then(reason => {
      throw reason
    })
    return Promise.race([step, lost])
  }
}

function newClient({ address, access }: SessionPlan, signal: AbortSignal) {
  const { username, password, database, tls } = access
  const { host, port } = address
  const socket = { host, port, reconnectStrategy: false, connectTimeout: 0, signal } as const
  return createClient({
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    database,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    socket: tls ? { ...socket, tls: true, ...tlsOptions(address, tls) } : socket,
  })
}

function refuseReplica(role: unknown): void {
  const kind = Array.isArray(role) ? String(role[0]) : 'master'
  if (kind !== 'master') throw failure('NOT_PRIMARY', 'the server is no primary')
}

/** Redis before 7 quotes it when it met a script. */
function isReadonly(error: unknown): boolean {
  const { message } = error as Error
  return message.startsWith('READONLY') || message.includes('-READONLY')
}

const queueFull = () => failure('QUEUE_FULL', `${longestQueue} commands are unanswered`)

/** Why there is no connection: a deadline of ours speaks of the server, not of the one who waits. */
export function unavailable(error: unknown): unknown {
  return isGreenlangError(error, 'DEADLINE')
    ? failure('ETIMEDOUT', 'the server does not greet in time')
    : error
}

/** An error as those of the system: what is wrong stands in its code. */
export function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

function ignore(): void {}
