import type { Unsubscribe } from '@greenlang/core'
import type { RedisCommand, Send } from './link.ts'
import type { Session, Subscription } from './session.ts'

/** A client of somebody else, in the form that all kinds of clients are brought to. It is never closed. */
export interface Borrowed {
  slotOf(key: string): number
  send(command: RedisCommand, key?: string): Promise<unknown>
  primaries(): Promise<readonly Send[]>
  /** Called back when it connected once more, or to other servers. The listener is taken off again. */
  watch(listener: () => void): Unsubscribe
  /** Subscribes on a duplicate, which is ours, of what serves `key`. Rejects when that fails; then nothing is left. */
  openSubscriber(key: string, subscription: Subscription, signal: AbortSignal): Promise<Session>
  /**
   * Subscribes on this very client, which subscribes anew whenever it connects anew: `again` is called when it has.
   * Resolves with what takes the subscription back.
   */
  subscribe(subscription: Subscription, again: () => void): Promise<() => Promise<unknown>>
}

/** What `fromIoredis` gives; nobody else makes one. */
export interface AdaptedClient {
  /** For this package only. */
  readonly borrowed: Borrowed
}
