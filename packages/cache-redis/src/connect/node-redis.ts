/** Clients of node-redis v6 that were handed in, brought to one form. */
import { checkFunction } from '@greenlang/core'
import type { AdaptedClient, Borrowed } from './borrowed.ts'
import type {
  HandedClient,
  RedisClient,
  RedisClusterClient,
  RedisCommandOptions,
  RedisSentinelClient,
} from './client.ts'
import type { Send } from './link.ts'
import { listen, openNodeDuplicate, subscribeOn } from './node-redis-subscriber.ts'
import { slotOf } from './slot.ts'

const sendOptions: RedisCommandOptions = { timeout: 0, typeMapping: { 36: Buffer } }

/** @throws InvalidOptionError for what is none of the clients that may be handed in. */
export function borrow(option: string, client: HandedClient | undefined): Borrowed {
  const some: Partial<Record<'borrowed' | 'sendCommand' | 'nodeClient' | 'getMasterNode', unknown>> =
    client ?? {}
  if (some.borrowed) return (client as AdaptedClient).borrowed
  checkFunction(`${option}.sendCommand`, some.sendCommand)
  if (some.nodeClient) return borrowCluster(client as RedisClusterClient)
  return some.getMasterNode
    ? borrowSentinel(client as RedisSentinelClient)
    : borrowClient(client as RedisClient)
}

function borrowClient(client: RedisClient): Borrowed {
  const send: Send = command => client.sendCommand(command, sendOptions)
  return {
    slotOf: () => 0,
    send,
    primaries: async () => [send],
    watch: listener => listen(client, 'ready', listener),
    openSubscriber: (_, subscription, signal) => openNodeDuplicate(client, subscription, signal),
    subscribe: (subscription, again) => subscribeOn(client, 'ready', subscription, again),
  }
}

/** Its own subscriber follows it to another primary, but does not tell: what does is that there is another. */
function borrowSentinel(client: RedisSentinelClient): Borrowed {
  const send: Send = command => client.sendCommand(false, command, sendOptions)
  return {
    slotOf: () => 0,
    send,
    primaries: async () => [send],
    watch: listener => listen(client, 'topology-change', listener),
    openSubscriber: (_, subscription, signal) => openNodeDuplicate(client, subscription, signal),
    subscribe: (subscription, again) => subscribeOn(client, 'topology-change', subscription, again),
  }
}

function borrowCluster(client: RedisClusterClient): Borrowed {
  const nodeSend =
    (node: unknown): Send =>
    async command =>
      (await client.nodeClient(node as never)).sendCommand(command, sendOptions)
  return {
    slotOf,
    send: (command, key) => client.sendCommand(key, false, command, sendOptions),
    primaries: async () => client.masters.map(nodeSend),
    watch: listener => listen(client, 'node-ready', listener),
    async openSubscriber(key, subscription, signal) {
      checkFunction('client.getNodeClientForKey', client.getNodeClientForKey)
      const owner = () => client.getNodeClientForKey?.(key) as Promise<RedisClient>
      const node = await owner()
      const stillOwner = async () => {
        if ((await owner()) !== node) throw new Error('another node has the slot')
      }
      return openNodeDuplicate(node, subscription, signal, stillOwner)
    },
    subscribe: (subscription, again) => subscribeOn(client, 'node-ready', subscription, again),
  }
}
