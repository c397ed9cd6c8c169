/** One process of the simulation: its clock, its connections, its luck. What runs in it is a `Subject`. */
import type { Clock } from '@greenlang/core'
import type { Reception } from './bus-wire.ts'
import { type Caller, createCaller } from './caller.ts'
import type { Weather } from './link.ts'
import { deadlineMs, type Mix } from './mix.ts'
import { type DiskStore, emptyDisk } from './private-tiers.ts'
import type { FakeServer } from './server.ts'
import { type Actor, actorClock, type World } from './world.ts'

export interface Machine {
  readonly number: number
  /** The life that runs now, and how many there were: a restart makes another. */
  actor: Actor
  lives: number
  readonly clock: (actor: Actor) => Clock
  readonly weather: Weather
  readonly reception: Reception
  readonly disk: DiskStore
  callers(actor: Actor): readonly Caller[]
}

const [baseMs, extraMs] = [0.3, 0.7]

export function createMachine(
  world: World,
  number: number,
  mix: Mix,
  servers: readonly FakeServer[],
): Machine {
  const skewMs = (world.random() * 2 - 1) * mix.skewMs
  const weather: Weather = { baseMs, extraMs, cutUntil: 0 }
  const { loss, twice, reorder } = mix
  return {
    number,
    actor: { stalledUntil: 0, dead: false },
    lives: 0,
    clock: actor => actorClock(world, actor, skewMs),
    weather,
    reception: { loss, twice, reorder, deafUntil: 0 },
    disk: emptyDisk(),
    callers: actor =>
      servers.map(server => createCaller({ world, actor, server, weather: () => weather, deadlineMs })),
  }
}

/** Its network is slow until then. */
export function slowDown(world: World, { weather }: Machine, forMs: number, toMs: number): void {
  weather.extraMs = toMs
  world.at(world.now + forMs, () => {
    weather.extraMs = extraMs
  })
}
