/**
 * What is going on with each key in this process. A key has a state only while an operation on it is under way, so
 * there are never more states than operations.
 */
import type { Alarm } from './alarm.ts'

export interface KeyState<Flight> {
  /** Rises with every local write and every frame for the key: what began before it may be older. */
  generation: number
  /** Rises with each of them that others made or that was acknowledged: what was there before is no answer to who calls later. */
  named: number
  /** Rises with each of them that was a delete: what was there before does not stand in. */
  deletions: number
  /** The flight that callers may join. */
  flight: Flight | undefined
  /** Rings for callers whose time is over. */
  alarm: Alarm | undefined
  /** Whether a refresh is under way. */
  refreshing: boolean
  holders: number
}

/** `detach`: callers may no longer join what is under way. `deletes`: grace is forfeited too. */
export interface Raise {
  readonly detach: boolean
  readonly deletes?: boolean
}

function raised<Flight>(state: KeyState<Flight>, { detach, deletes = false }: Raise): void {
  state.generation += 1
  state.named += 1
  if (deletes) state.deletions += 1
  if (detach) state.flight = undefined
}

export class KeyStates<Flight> {
  readonly #states = new Map<string, KeyState<Flight>>()

  hold(key: string): KeyState<Flight> {
    let state = this.#states.get(key)
    if (state === undefined) {
      state = {
        generation: 0,
        named: 0,
        deletions: 0,
        flight: undefined,
        alarm: undefined,
        refreshing: false,
        holders: 0,
      }
      this.#states.set(key, state)
    }
    state.holders += 1
    return state
  }

  release(key: string, state: KeyState<Flight>): void {
    state.holders -= 1
    if (state.holders === 0) this.#states.delete(key)
  }

  peek(key: string): KeyState<Flight> | undefined {
    return this.#states.get(key)
  }

  /** An invalidation or a write of this key: nothing that began before may be kept, and nobody joins it. */
  raise(key: string, by: Raise): void {
    const state = this.#states.get(key)
    if (state !== undefined) raised(state, by)
  }

  /** What is under way may not be kept, though nothing is known against it. */
  outdate(key: string, { detach }: Pick<Raise, 'detach'>): void {
    const state = this.#states.get(key)
    if (state === undefined) return
    state.generation += 1
    if (detach) state.flight = undefined
  }

  raiseAll(isNamed: (key: string) => boolean, by: Raise): void {
    for (const [key, state] of this.#states) if (isNamed(key)) raised(state, by)
  }
}
