/** Clients of ioredis 5, brought to the same form as those of node-redis. */
import { checkFunction, type Unsubscribe } from '@greenlang/core'
import type { AdaptedClient, Borrowed } from './borrowed.ts'
import { openDuplicate } from './duplicate.ts'
import type { RedisCommand, Send } from './link.ts'
import { failure, type Session, type Subscription } from './session.ts'
import { slotOf } from './slot.ts'

/** The calls that are used of `new Redis()` and `new Cluster()` of ioredis 5. */
export interface IoredisClient {
  callBuffer(command: string, ...values: (string | Buffer)[]): Promise<unknown>
  on(event: string, listener: (...values: string[]) => void): unknown
  off(event: string, listener: (...values: string[]) => void): unknown
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  disconnect(): void
  duplicate(): unknown
  /** Of a cluster only. */
  nodes?(role: 'master'): IoredisClient[]
}

/**
 * A client of ioredis 5, of one server, of Sentinels or of a cluster, as the `client` or `subscriber` of a tier or a bus.
 * It stays yours: it is never closed.
 * @throws InvalidOptionError for anything else.
 */
export function fromIoredis(redis: IoredisClient): AdaptedClient {
  checkFunction('redis.callBuffer', redis?.callBuffer)
  checkFunction('redis.duplicate', redis.duplicate)
  return { borrowed: adapt(redis) }
}

function adapt(redis: IoredisClient): Borrowed {
  const send = sendOf(redis)
  const isCluster = typeof redis.nodes === 'function'
  return {
    slotOf: isCluster ? slotOf : () => 0,
    send,
    primaries: async () => redis.nodes?.('master').map(sendOf) ?? [send],
    watch: listener => listenTo(redis, isCluster ? '+node' : 'ready', listener),
    openSubscriber: (_, subscription, signal) => openSubscriber(redis, subscription, signal),
    async subscribe({ channels, hear }, again) {
      const forget = [listenTo(redis, 'message', hear), listenTo(redis, 'ready', () => void renew())]
      /** It tells that it is ready before it subscribes anew. */
      const renew = () => redis.subscribe(...channels).then(again, ignore)
      await redis.subscribe(...channels)
      return async () => {
        for (const each of forget) each()
        await redis.unsubscribe(...channels)
      }
    },
  }
}

/** Its errors hold the whole command; what is kept of them is what every client says. */
function sendOf(redis: IoredisClient): Send {
  return ([name, ...values]: RedisCommand) =>
    redis.callBuffer(String(name), ...values).catch((error: Error & { code?: unknown }) => {
      throw typeof error.code === 'string' ? failure(error.code, error.message) : new Error(error.message)
    })
}

function openSubscriber(
  redis: IoredisClient,
  { channels, hear }: Subscription,
  signal: AbortSignal,
): Promise<Session> {
  const duplicate = redis.duplicate() as IoredisClient
  return openDuplicate(
    {
      onLost(listener) {
        for (const event of ['error', 'close', 'end']) duplicate.on(event, () => listener(undefined))
      },
      async begin() {
        duplicate.on('message', hear)
        await duplicate.subscribe(...channels)
      },
      ping: () => duplicate.callBuffer('PING'),
      destroy: () => duplicate.disconnect(),
    },
    signal,
  )
}

function listenTo(
  redis: IoredisClient,
  event: string,
  listener: (channel: string, message: string) => void,
): Unsubscribe {
  const call = (channel = '', message = '') => listener(channel, message)
  redis.on(event, call)
  return () => void redis.off(event, call)
}

function ignore(): void {}
