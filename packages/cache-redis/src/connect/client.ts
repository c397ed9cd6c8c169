/** The few calls that are used of clients which others made. */
import type { AdaptedClient } from './borrowed.ts'
import type { RedisCommand } from './link.ts'

export type { RedisCommand }

/** A client of node-redis v6: of one server, of Sentinels (`createSentinel`) or of a cluster; or `fromIoredis(redis)`. */
export type HandedClient = RedisClient | RedisSentinelClient | RedisClusterClient | AdaptedClient

/** What each command is sent with. */
export interface RedisCommandOptions {
  /** The client's own timeout, in ms, which covers unwritten commands only: off, the tier has a deadline of its own. */
  readonly timeout: 0
  /** How replies come back. */
  readonly typeMapping: BytesMapping
}

/** Bulk strings come back as bytes; 36 is their mark in the protocol (`RESP_TYPES.BLOB_STRING`). */
interface BytesMapping {
  readonly 36: typeof Buffer
}

/** What may be listened to, and subscribed on. */
export interface Subscribable {
  subscribe?(channels: string[], listener: SubscriptionListener): Promise<unknown>
  unsubscribe?(channels: string[], listener: SubscriptionListener): Promise<unknown>

  on?(event: string, listener: () => void): unknown
  off?(event: string, listener: () => void): unknown
}

/** `createClient()` of node-redis v6 fits as it is. For a bus it has the optional calls as well. */
export interface RedisClient extends Subscribable {
  sendCommand(command: RedisCommand, options: RedisCommandOptions): Promise<unknown>
  duplicate?(): RedisSubscriber
}

export type SubscriptionListener = (message: string | Buffer, channel: string | Buffer) => void

/** A client that is ours: a duplicate. */
export interface RedisSubscriber {
  on(event: string, listener: () => void): unknown
  connect(): Promise<unknown>
  ping?(): Promise<unknown>
  subscribe(channels: string[], listener: SubscriptionListener): Promise<unknown>
  destroy(): void
}

/** `createSentinel()` of node-redis v6. */
export interface RedisSentinelClient extends Subscribable {
  sendCommand(
    isReadonly: boolean | undefined,
    command: RedisCommand,
    options: RedisCommandOptions,
  ): Promise<unknown>
  /** Tells it from a client of one server. */
  getMasterNode(): unknown
  duplicate?(): RedisSubscriber
}

/** `createCluster()` of node-redis v6. */
export interface RedisClusterClient extends Subscribable {
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    command: RedisCommand,
    options: RedisCommandOptions,
  ): Promise<unknown>
  readonly masters: readonly unknown[]
  nodeClient(node: never): RedisClient | Promise<RedisClient>
  getNodeClientForKey?(key: string): Promise<RedisClient>
}
