/**
 * Virtual time. Events happen in the order of their due times, ties in the order of their making; between two of them
 * every promise that can go on has gone on. Nothing here reads a real clock, so a seed replays exactly.
 */
import type { Clock, SleepOptions } from '@greenlang/core'

/** Something that may stand still or be gone: its events wait, or never happen. */
export interface Actor {
  /** Until then its events wait; ms of virtual time. */
  stalledUntil: number
  dead: boolean
}

export interface World {
  /** Milliseconds of virtual time. */
  readonly now: number
  readonly random: () => number
  /** `actor`: whose event it is. Without one it belongs to the network or a server. */
  at(due: number, action: () => void, actor?: Actor): void
  /** Lets everything due up to `until` happen. */
  run(until: number): Promise<void>
}

export function createWorld(random: () => number): World {
  return new EventWorld(random)
}

interface Happening {
  due: number
  readonly order: number
  readonly action: () => void
  readonly actor: Actor | undefined
}

class EventWorld implements World {
  now = 0
  readonly random: () => number
  readonly #heap: Happening[] = []
  #made = 0

  constructor(random: () => number) {
    this.random = random
  }

  at(due: number, action: () => void, actor?: Actor): void {
    this.#made += 1
    this.#push({ due: Math.max(due, this.now), order: this.#made, action, actor })
  }

  async run(until: number): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.due <= until; next = this.#heap[0]) {
      this.#pop()
      const { actor } = next
      if (actor?.dead) continue
      if (actor && actor.stalledUntil > next.due) {
        next.due = actor.stalledUntil
        this.#push(next)
        continue
      }
      this.now = next.due
      next.action()
      if (actor) await settled()
    }
    this.now = Math.max(this.now, until)
  }

  #push(happening: Happening): void {
    const heap = this.#heap
    let at = heap.push(happening) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !before(happening, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = happening
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]]
      if (left === undefined) break
      const least = right !== undefined && before(right, left) ? right : left
      if (!before(least, last)) break
      heap[at] = least
      at = least === left ? 2 * at + 1 : 2 * at + 2
    }
    heap[at] = last
  }
}

function before(a: Happening, b: Happening): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order)
}

const eventsPerTurn = 4_096
let drained = 0

/**
 * By then every chain of promises has run out: a tick comes after the last microtask. A turn of the event loop would do
 * as well, at several times the cost; one in thousands lets the rest of the process breathe.
 */
function settled(): Promise<void> {
  drained += 1
  const inTurn = drained % eventsPerTurn !== 0
  return new Promise(resolve => {
    if (inTurn) process.nextTick(resolve)
    else setImmediate(resolve)
  })
}

/** What a right wall clock says at the begin of virtual time. */
export const wallMs = 1_000_000

/** The clock of one process: virtual time, and as wrong as `skewMs`. */
export function actorClock(world: World, actor: Actor, skewMs: number): Clock {
  const now = () => wallMs + world.now + skewMs
  return {
    now,
    turn: now,
    sleep: (ms: number, { signal }: SleepOptions = {}) =>
      new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        let over = false
        const onAbort = () => {
          over = true
          reject(signal?.reason)
        }
        const wake = () => {
          if (over) return
          signal?.removeEventListener('abort', onAbort)
          resolve()
        }
        world.at(world.now + ms, wake, actor)
        signal?.addEventListener('abort', onAbort, { once: true })
      }),
  }
}
