import type { Observer } from './events.ts'
import { isThenable } from './thenable.ts'

/** Tells an observer. What it throws, or rejects with where it is asynchronous, is dropped: it costs nobody a request. */
export function notify<Event>(observer: Observer<Event> | undefined, event: Event): void {
  if (observer === undefined) return
  try {
    const answer: unknown = observer(event)
    if (isThenable(answer)) answer.then(undefined, drop)
  } catch {
    // Dropped, as promised.
  }
}

function drop(): void {}
