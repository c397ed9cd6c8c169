/**
 * What is going on with each key right now. A key has a state only while an operation on it is under way, so there are
 * never more states than operations, and a key without one has nothing that an invalidation could overtake.
 *
 * An operation that read or loaded something compares the generation it began under with the one it finds when it
 * stores: if they differ, what it holds may be older than an invalidation, and it stores nothing. Nor does it store
 * anything if a set was under way as it began, or is as it stores: what it holds may be older than what is being set.
 */
import type { InvalidationMode } from '@greenlang/core'
import type { Flight } from './flight.ts'

export interface KeyState {
  /** Rises with every delete, invalidate, set and foreign frame for the key. */
  generation: number
  /** Sets under way. */
  sets: number
  /** The load that callers may join. */
  flight: Flight | undefined
  /** Operations that hold this state. */
  holders: number
}

export function createKeys(): Keys {
  return new Keys()
}

class Keys {
  readonly #states = new Map<string, KeyState>()

  /** The load under way for the key, if there is one that was not overtaken. */
  flight(key: string): Flight | undefined {
    return this.#states.get(key)?.flight
  }

  /** Keeps the key's state alive until `release`. */
  hold(key: string): KeyState {
    let state = this.#states.get(key)
    if (state === undefined) {
      state = { generation: 0, sets: 0, flight: undefined, holders: 0 }
      this.#states.set(key, state)
    }
    state.holders += 1
    return state
  }

  release(key: string, state: KeyState): void {
    state.holders -= 1
    if (state.holders === 0) this.#states.delete(key)
  }

  /** What began before is not stored any more, and not joined. `delete` also forbids it to fall back on grace. */
  overtake(key: string, mode: InvalidationMode): void {
    const state = this.#states.get(key)
    if (state !== undefined) overtakeState(state, mode)
  }

  overtakeAll(mode: InvalidationMode): void {
    for (const state of this.#states.values()) overtakeState(state, mode)
  }
}

export type { Keys }

/** Taken as a read or a load begins, for `mayStore`. */
export function beginUnder({ generation, sets }: KeyState): number {
  return sets === 0 ? generation : Number.NaN
}

/** Whether what began under `begun` is still the newest that is known of the key. */
export function mayStore({ generation, sets }: KeyState, begun: number): boolean {
  return sets === 0 && generation === begun
}

function overtakeState(state: KeyState, mode: InvalidationMode): void {
  state.generation += 1
  if (mode === 'delete') state.flight?.revokeStale()
  state.flight = undefined
}
