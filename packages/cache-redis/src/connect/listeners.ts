import { notify, type Unsubscribe } from '@greenlang/core'

/** Those who watch a link. What one throws is dropped. */
export interface Listeners {
  add(listener: () => void): Unsubscribe
  tell(): void
  clear(): void
}

export function createListeners(): Listeners {
  const listeners = new Map<symbol, () => void>()
  return {
    add(listener) {
      const id = Symbol('listener')
      listeners.set(id, listener)
      return () => void listeners.delete(id)
    },
    tell() {
      for (const listener of [...listeners.values()]) notify(listener, undefined)
    },
    clear() {
      listeners.clear()
    },
  }
}
