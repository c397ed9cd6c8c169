import { type CacheEvent, notify, type Observer } from '@greenlang/core'

type WithoutCache<Event> = Event extends unknown ? Omit<Event, 'cache'> : never
export type EventDetails = WithoutCache<CacheEvent>

/** The one way to the observer: it names the cache, and keeps what the observer throws from whoever asked the cache. */
export interface Emitter {
  /** Whether anybody listens; if not, events need not be built. */
  readonly heard: boolean
  emit(details: EventDetails): void
}

export function createEmitter(cache: string, observer: Observer<CacheEvent> | undefined): Emitter {
  return {
    heard: observer !== undefined,
    emit(details) {
      if (observer !== undefined) notify(observer, { cache, ...details } as CacheEvent)
    },
  }
}
