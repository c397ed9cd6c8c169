import type { Borrowed } from './borrowed.ts'
import type { BusLink, BusLinkOptions } from './link.ts'
import { failure, type Session } from './session.ts'
import type { ClientSource } from './source.ts'
import { type StandingConnection, standConnected } from './standing-connection.ts'
import { tellScripts } from './tell-scripts.ts'

/**
 * The record over a client of somebody else. What it publishes is heard on a duplicate, which is ours and made anew
 * whenever that client connected anew; or on the second client that was handed in.
 */
export function openBorrowedBus({ borrowed, subscriber }: ClientSource, options: BusLinkOptions): BusLink {
  const { key, scripts, channels, hear, connected } = options
  const subscription = { channels, hear }
  const standing: StandingConnection = standConnected({
    open: signal =>
      subscriber
        ? borrowSubscription(subscriber, options, signal)
        : borrowed.openSubscriber(key, subscription, signal),
    onReady: () => connected(),
  })
  tellScripts(borrowed, scripts)
  const forget = borrowed.watch(() => {
    tellScripts(borrowed, scripts)
    standing.renew(failure('RENEWED', 'the client connected anew'))
  })
  return {
    send: command => borrowed.send(command, key),
    async close() {
      forget()
      await standing.close()
    },
  }
}

/** Its session lasts until we end it: a client of somebody else heals by itself. */
async function borrowSubscription(
  subscriber: Borrowed,
  { channels, hear, connected }: BusLinkOptions,
  signal: AbortSignal,
): Promise<Session> {
  let lose: (reason: unknown) => void = ignore
  const lost = new Promise(resolve => {
    lose = resolve
  })
  const unsubscribe = await subscriber.subscribe({ channels, hear }, connected)
  const end = (reason: unknown) => {
    lose(reason)
    unsubscribe().catch(ignore)
  }
  if (signal.aborted) end(signal.reason)
  return {
    send: () => Promise.reject(failure('LOST', 'a subscriber')),
    lost,
    end,
    close: async () => end(undefined),
  }
}

function ignore(): void {}
