/**
 * The connections of one load: one that controls, and a few lanes that work side by side. A lane whose statement
 * must be ended is ended by the server, through the control connection: only then is no backend left at work on an
 * index or a COPY of a load that has failed.
 */
import { Socket } from 'node:net'
import { type Clock, DeadlineError } from '@greenlang/core'
import pg from 'pg'

export interface Session {
  readonly control: pg.Client
  /** Runs the jobs, first come first served, on the lanes. The first failure ends the others; then rejects with it. */
  run(jobs: readonly Job[]): Promise<void>
  /** Ends every connection, at work or not. Never rejects. */
  close(): Promise<void>
}

export type Job = (lane: pg.Client) => Promise<void>

export interface SessionConfig {
  /** Connection string of the database. */
  readonly url: string
  /** How many connections work side by side: 1 or more. */
  readonly lanes: number
  /** Ends what runs. */
  readonly signal: AbortSignal
  /** Where waits are timed. */
  readonly clock: Clock
}

const connectTimeoutMs = 10_000
/** The control connection runs short statements only. */
const controlTimeoutMs = 30_000
const endTimeoutMs = 6_000
/** A load is no transaction of business: if the server dies, it is done again. */
const settings = `SET synchronous_commit = off; SET maintenance_work_mem = '128MB'; SET client_min_messages = warning;
  SET TimeZone = 'UTC'; SET statement_timeout = 0;
  SET lock_timeout = '15s'; SET idle_in_transaction_session_timeout = 0`

/** Rejects with the driver's error, and leaves nothing open. */
export async function openSession(config: SessionConfig): Promise<Session> {
  const connections = Array.from({ length: config.lanes + 1 }, (_, n) =>
    createConnection(config.url, n === 0),
  )
  const session = new LoadSession(connections, config)
  const cut = () => connections.forEach(connection => void connection.socket.destroy())
  config.signal.addEventListener('abort', cut)
  try {
    await Promise.all(connections.map(({ client }) => client.connect()))
    config.signal.throwIfAborted()
    await Promise.all(connections.map(({ client }) => client.query(settings)))
    return session
  } catch (error) {
    cut()
    await session.close()
    throw error
  } finally {
    config.signal.removeEventListener('abort', cut)
  }
}

interface Connection {
  readonly client: pg.Client
  /** Ours, so that a connection can be cut at any moment, even while it is being made. */
  readonly socket: Socket
}

function createConnection(url: string, isControl: boolean): Connection {
  const socket = new Socket()
  const client = new pg.Client({
    connectionString: url,
    application_name: 'greenlang workflow-data',
    connectionTimeoutMillis: connectTimeoutMs,
    ...(isControl ? { query_timeout: controlTimeoutMs } : {}),
    stream: () => socket,
  })
  // A lost connection is reported by the statement it breaks; unheard, this event would end the process.
  client.on('error', () => {})
  return { client, socket }
}

class LoadSession implements Session {
  readonly control: pg.Client
  readonly #connections: readonly Connection[]
  readonly #config: SessionConfig

  constructor(connections: readonly Connection[], config: SessionConfig) {
    this.#connections = connections
    this.#config = config
    this.control = (connections[0] as Connection).client
  }

  async run(jobs: readonly Job[]): Promise<void> {
    const waiting = [...jobs]
    const failures: unknown[] = []
    const stop = (reason: unknown) => {
      failures.push(reason)
      waiting.length = 0
      if (failures.length === 1) void this.#endLanes()
    }
    const onAbort = () => stop(this.#config.signal.reason)
    this.#config.signal.addEventListener('abort', onAbort)
    if (this.#config.signal.aborted) onAbort()
    const work = async ({ client }: Connection) => {
      for (let job = waiting.shift(); job; job = waiting.shift()) await job(client).catch(stop)
    }
    await Promise.all(this.#connections.slice(1).map(work))
    this.#config.signal.removeEventListener('abort', onAbort)
    if (failures.length > 0) throw failures[0]
  }

  async close(): Promise<void> {
    const ended = Promise.all(this.#connections.map(({ client }) => client.end().catch(() => {})))
    await this.#within(ended).catch(() => {})
    for (const { socket } of this.#connections) socket.destroy()
  }

  /** Asks the server to end the lanes and waits until it has; cuts them if it does not answer. */
  async #endLanes(): Promise<void> {
    const lanes = this.#connections.slice(1)
    const pids = lanes.map(({ client }) => (client as unknown as { processID: number }).processID)
    const text = 'SELECT pg_terminate_backend(pid, 2000) FROM unnest($1::int[]) AS pid'
    await this.#within(this.control.query(text, [pids])).catch(() => {})
    for (const { socket } of lanes) socket.destroy()
  }

  async #within<T>(promise: Promise<T>): Promise<T> {
    const timer = new AbortController()
    const late = this.#config.clock.sleep(endTimeoutMs, { signal: timer.signal }).then(() => {
      throw new DeadlineError('PostgreSQL', endTimeoutMs)
    })
    try {
      return await Promise.race([promise, late])
    } finally {
      late.catch(() => {})
      timer.abort()
    }
  }
}
