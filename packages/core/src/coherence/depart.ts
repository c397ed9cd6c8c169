/** Sets off for a value that nobody is on the way to. */
import type { Flight, Journey, Outcome } from './flight.ts'
import type { Finding, StandIn } from './lookup.ts'
import type { Parts, State } from './parts.ts'
import type { ReadRequest } from './read.ts'
import { travel } from './travel.ts'

const noTags: readonly string[] = []

export function depart(
  parts: Parts,
  state: State,
  { key, load, options }: ReadRequest,
  near: Finding,
): Flight {
  const { clock, settings, keys, bus, observer } = parts
  const begunAt = clock.now()
  const [outcome, land] = promised<Outcome>()
  const [looked, onLooked] = promised<void>()
  const standIns: StandIn[] = [...near.standIns]
  const { known: stamp } = bus.sync()
  const abandoned = new AbortController()
  const { tags = noTags, fresh = false, after, onWait } = options
  const flight: Flight = { key, begunAt, stamp, tags, outcome, standIns, looked, waiting: 0, abandoned }
  state.flight = flight
  const journey: Journey = {
    key,
    load,
    standIns,
    held: undefined,
    named: state.named,
    deletions: state.deletions,
    waitUntil: begunAt + settings.waitMs,
    waits: true,
    reject: undefined,
    fresh,
    after,
    onLooked,
    onWait,
    abandoned: abandoned.signal,
  }
  const held = keys.hold(key)
  const arrive = (result: Outcome) => {
    if (held.flight === flight) held.flight = undefined
    land(result)
  }
  const flown = fly(() => travel(parts, held, journey, arrive), arrive).finally(() => keys.release(key, held))
  observer?.began?.(flown)
  return flight
}

/** Callers are answered whatever happens on the way, a closed bus and a loader's bad options too. */
export async function fly(way: () => Promise<void>, arrive: (outcome: Outcome) => void): Promise<void> {
  try {
    await way()
  } catch (error) {
    arrive({ kind: 'failed', error })
  }
}

function promised<T>(): readonly [Promise<T>, (value: T) => void] {
  let fulfil: (value: T) => void = () => {}
  const promise = new Promise<T>(resolve => {
    fulfil = resolve
  })
  return [promise, fulfil]
}
