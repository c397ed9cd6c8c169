import type { Unsubscribe } from '@greenlang/core'

/** One command as Redis takes it: its name, then its arguments. */
export type RedisCommand = readonly (string | Buffer)[]

/**
 * Sends one command. Bulk strings of the reply are Buffers. Replies of one connection come in the order of the commands.
 * Rejects with what the client or the server said; at once where there is no connection, except that before the first
 * attempt has ended it waits for that. It may hang as long as the server does: deadlines are the caller's.
 */
export type Send = (command: RedisCommand) => Promise<unknown>

/** The way to the servers that hold the values of a tier. */
export interface Link {
  /** In which slot of a cluster, or connection of a pool, a key of Redis lies; 0 for all where there is neither. One command takes keys of one. */
  slotOf(key: string): number
  /** To the primary that has `key`; without one, to any. */
  send(command: RedisCommand, key?: string): Promise<unknown>
  /** Each primary there is now, for commands about a whole server such as SCAN. */
  primaries(): Promise<readonly Send[]>
  /** Called back when a connection was made anew or another server became a primary, not at the very first connect. */
  watch(listener: () => void): Unsubscribe
  /** Afterwards nothing that we opened is left. Never rejects. */
  close(): Promise<void>
}

/** The way to the one primary that keeps the record of a bus, with a connection of its own for what that publishes. */
export interface BusLink {
  /** Does not wait until the channels are subscribed; `connected` tells when they are. */
  readonly send: Send
  close(): Promise<void>
}

export interface BusLinkOptions {
  /** The key of the record: its slot decides which primary it is. */
  readonly key: string
  /** Subscribed on each connection, before `connected` is called. */
  readonly channels: readonly string[]
  /** A message of one of them. */
  hear(channel: string, message: string): void
  /** Both connections stand: at the first connect, and whenever one was made anew or another server became the primary. */
  connected(): void
  /** Texts of scripts that each server is told (SCRIPT LOAD) before it is used. */
  readonly scripts: readonly string[]
}

export interface LinkOptions {
  readonly scripts: readonly string[]
}
