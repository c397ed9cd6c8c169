import { RESP_TYPES } from 'redis'

/** One command as Redis takes it: its name, then its arguments. */
export type RedisCommand = readonly (string | Buffer)[]

/** What each command is sent with. */
export interface RedisCommandOptions {
  /** Takes the command out of the client's queue, if it has not been written yet. */
  readonly abortSignal: AbortSignal
  /** The client's own timeout, which covers unwritten commands only: off, the tier has a deadline of its own. */
  readonly timeout: 0
  /** Values come back as bytes. */
  readonly typeMapping: { readonly [RESP_TYPES.BLOB_STRING]: typeof Buffer }
}

/** The one call that is used of a client. A client of node-redis v6 fits as it is. */
export interface RedisClient {
  sendCommand(command: RedisCommand, options: RedisCommandOptions): Promise<unknown>
}

/** The way to Redis: a client that was handed in, or a connection of our own. */
export interface Link {
  send(command: RedisCommand, signal: AbortSignal): Promise<unknown>
  /** Afterwards nothing that we opened is left. Never rejects. */
  close(): Promise<void>
}

const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer } as const

/** `command` to `client`, replies as bytes. */
export function sendTo(client: RedisClient, command: RedisCommand, signal: AbortSignal): Promise<unknown> {
  return client.sendCommand(command, { abortSignal: signal, timeout: 0, typeMapping })
}

/** A client that someone else opened, and will close. */
export function borrowClient(client: RedisClient): Link {
  return {
    send: (command, signal) => sendTo(client, command, signal),
    close: async () => undefined,
  }
}
