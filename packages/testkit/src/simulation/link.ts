/** One direction of a connection: what is sent arrives in order, later, or not at all. */
import type { Actor, World } from './world.ts'

export interface Weather {
  /** Shortest way, in ms. */
  baseMs: number
  /** Mean of what comes on top, in ms. */
  extraMs: number
  /** Until then nothing arrives that is sent: lost, with no word to anybody. */
  cutUntil: number
}

export interface Link {
  send(deliver: () => void): void
}

/** @param receiver Whose events the deliveries are. */
export function createLink(world: World, weather: () => Weather, receiver?: Actor): Link {
  let last = 0
  return {
    send(deliver) {
      const { baseMs, extraMs, cutUntil } = weather()
      if (world.now < cutUntil) return
      const extra = -Math.log(1 - world.random()) * extraMs
      last = Math.max(last, world.now + baseMs + extra)
      world.at(last, deliver, receiver)
    },
  }
}
