import { checkFunction, type Unsubscribe } from '@greenlang/core'
import type { RedisSubscriber, Subscribable, SubscriptionListener } from './client.ts'
import { openDuplicate } from './duplicate.ts'
import type { Session, Subscription } from './session.ts'

export function listen(client: Subscribable, event: string, listener: () => void): Unsubscribe {
  const call = () => listener()
  client.on?.(event, call)
  return () => void client.off?.(event, call)
}

/** On a client of somebody else. It subscribes anew by itself, before it tells `event`. */
export async function subscribeOn(
  client: Subscribable,
  event: string,
  { channels, hear }: Subscription,
  again: () => void,
): Promise<() => Promise<unknown>> {
  const all = [...channels]
  const listener = hearing(hear)
  await client.subscribe?.(all, listener)
  const forget = listen(client, event, again)
  return async () => {
    forget()
    await client.unsubscribe?.(all, listener)
  }
}

/** On a duplicate, which is ours. `check` is asked now and then, and ends it when it rejects. */
export function openNodeDuplicate(
  client: { duplicate?(): RedisSubscriber },
  { channels, hear }: Subscription,
  signal: AbortSignal,
  check = async (): Promise<unknown> => undefined,
): Promise<Session> {
  checkFunction('client.duplicate', client.duplicate)
  const duplicate = client.duplicate?.() as RedisSubscriber
  const ping = async () => {
    await duplicate.ping?.()
    await check()
  }
  return openDuplicate(
    {
      onLost(listener) {
        for (const event of ['error', 'end', 'terminated']) duplicate.on(event, () => listener(undefined))
      },
      async begin() {
        await duplicate.connect()
        await duplicate.subscribe([...channels], hearing(hear))
      },
      ping,
      destroy: () => duplicate.destroy(),
    },
    signal,
  )
}

function hearing(hear: Subscription['hear']): SubscriptionListener {
  return (message, channel) => hear(String(channel), String(message))
}
