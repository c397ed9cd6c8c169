/**
 * A connection of our own: up for as long as the tier is, through every outage.
 *
 * One client of node-redis lives from its connect until its socket is lost, and is then replaced by a new one; its own
 * reconnecting is off. Rejected: its `reconnectStrategy`, whose wait outlives `close`, and which goes on with a client
 * that may be stuck in a broken handshake.
 *
 * Only the first attempt is waited for, within the deadline of the command, so that a tier can be used as soon as it is
 * made. Later, while there is no connection, every command is refused at once (no offline queue). Commands that wait or
 * are under way are bounded. A socket that stays silent is given up; a ping keeps an idle one from seeming so.
 */
import { systemClock } from '@greenlang/core'
import { withDeadline } from '@greenlang/resilience'
import { createClient } from 'redis'
import { type Link, type RedisCommand, sendTo } from './client.ts'
import { ReplyWatch } from './reply-watch.ts'

/** Commands unwritten or unanswered at once; more are refused. */
const longestQueue = 10_000
const connectTimeoutMs = 2_000
/** Silence after which a socket is given up. More than twice the ping, so that an idle one is never silent for long. */
const socketTimeoutMs = 5_000
const pingEveryMs = 2_000
const shortestWaitMs = 50
const longestWaitMs = 2_000
/** How long commands under way may still be answered when the connection is closed. */
const goodbyeMs = 500

type Client = ReturnType<typeof openClient>

type State =
  /** The first attempt has not ended. */
  | { readonly kind: 'beginning' }
  /** Trying again, or waiting to. */
  | { readonly kind: 'down'; readonly cause: unknown }
  | { readonly kind: 'ready'; readonly client: Client; readonly watch: ReplyWatch }
  | { readonly kind: 'closed' }

/** Begins to connect to `url` at once, in the background. */
export function connect(url: string): Link {
  return new Connection(url)
}

class Connection implements Link {
  readonly #url: string
  readonly #closing = new AbortController()
  readonly #ended: Promise<void>
  readonly #begun: Promise<void>
  #begin: () => void = ignore
  #waiting = 0
  #state: State = { kind: 'beginning' }

  constructor(url: string) {
    this.#url = url
    this.#begun = new Promise(resolve => {
      this.#begin = resolve
    })
    this.#ended = this.#keepConnected()
  }

  async send(command: RedisCommand, signal: AbortSignal): Promise<unknown> {
    if (this.#state.kind === 'beginning') await this.#untilBegun()
    const state = this.#state
    if (state.kind === 'ready') return state.watch.watch(sendTo(state.client, command, signal), signal)
    throw state.kind === 'down' ? state.cause : new Error('closed')
  }

  async close(): Promise<void> {
    const state = this.#state
    this.#state = { kind: 'closed' }
    if (state.kind === 'ready')
      await withDeadline('the last replies', goodbyeMs, () => state.client.close()).catch(ignore)
    this.#begin()
    this.#closing.abort()
    await this.#ended
  }

  async #keepConnected(): Promise<void> {
    const { signal } = this.#closing
    for (let failures = 0; !signal.aborted; ) {
      failures = (await this.#session()) ? 0 : failures + 1
      await systemClock.sleep(waitMs(failures), { signal, ref: false }).catch(ignore)
    }
  }

  /**
   * One client, from its connect to its end. Whether it was ever ready. Its socket listens to a signal of its own: a
   * socket that is lost never takes its listener off, and on a signal as old as the tier those would pile up.
   */
  async #session(): Promise<boolean> {
    const ending = new AbortController()
    const end = () => ending.abort()
    this.#closing.signal.addEventListener('abort', end)
    const client = openClient(this.#url, ending.signal)
    let cause: unknown
    client.on('error', error => {
      cause = error
    })
    const lost = untilLost(client, ending.signal)
    try {
      await client.connect()
      this.#become({ kind: 'ready', client, watch: new ReplyWatch(() => client.destroy()) })
      await lost
      return true
    } catch (error) {
      cause = error
      return false
    } finally {
      this.#closing.signal.removeEventListener('abort', end)
      this.#become({ kind: 'down', cause })
      client.destroy()
    }
  }

  async #untilBegun(): Promise<void> {
    if (this.#waiting >= longestQueue) throw new Error('too many commands wait for the first connection')
    this.#waiting += 1
    await this.#begun
    this.#waiting -= 1
  }

  #become(state: State): void {
    if (this.#state.kind !== 'closed') this.#state = state
    this.#begin()
  }
}

function openClient(url: string, signal: AbortSignal) {
  return createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: longestQueue,
    pingInterval: pingEveryMs,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: connectTimeoutMs,
      socketTimeout: socketTimeoutMs,
      reconnectStrategy: false,
      signal,
    },
  })
}

function untilLost(client: Client, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end)
    client.once('terminated', end).once('end', end)
  })
}

/** Twice as long after each failure, up to 2 s, and somewhere in the upper half: processes do not come back in step. */
function waitMs(failures: number): number {
  const full = Math.min(shortestWaitMs * 2 ** failures, longestWaitMs)
  return full * (0.5 + Math.random() / 2)
}

function ignore(): void {}
