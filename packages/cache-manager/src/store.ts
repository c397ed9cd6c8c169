/** A loaded entry's way into the tiers: into memory at once, into the others behind the backs of the callers. */
import type { Entry } from '@greenlang/core'
import type { Background } from './background.ts'
import type { Gate } from './gate.ts'
import { type KeyState, mayStore } from './keys.ts'
import { isThenable } from './thenable.ts'

export interface Load {
  readonly key: string
  readonly entry: Entry
  /** Held until the store is through with it. */
  readonly state: KeyState
  /** What `beginUnder` said as the load began. */
  readonly begun: number
}

export interface StoreOptions {
  readonly gates: readonly Gate[]
  readonly background: Background
}

export function createStore(options: StoreOptions): Store {
  return new Store(options)
}

class Store {
  readonly #gates: readonly Gate[]
  readonly #background: Background

  constructor({ gates, background }: StoreOptions) {
    this.#gates = gates
    this.#background = background
  }

  /** Into the tiers that take it at once. Whether the next reader finds it there. */
  keep({ key, entry }: Load): boolean {
    let kept = false
    for (const gate of this.#gates) {
      if (!gate.local) continue
      const filled = gate.fill(key, entry)
      if (isThenable(filled)) this.#background.track(filled)
      else kept ||= filled
    }
    return kept
  }

  /** Into the tiers that take their time, unless an invalidation or a set has come in between. */
  async fill({ key, entry, state, begun }: Load): Promise<void> {
    if (!mayStore(state, begun)) return
    await Promise.all(this.#gates.filter(gate => !gate.local).map(gate => gate.fill(key, entry)))
  }

  /** What is stale and has no successor. Not read from the call on, whenever the tiers get to it. */
  remove(key: string): void {
    for (const gate of this.#gates) {
      const removed = gate.remove([key], 'delete')
      if (isThenable(removed)) this.#background.track(removed)
    }
  }
}

export type { Store }
