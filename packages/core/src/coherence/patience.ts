/**
 * How long a caller waits for a flight, and what it gets where that is not long enough.
 *
 * - *soft*: a value that may stand in for a slow load is taken; where there is none, the caller goes on waiting.
 * - *hard*: a value that may stand in for a failed load is taken, or the call fails; nobody waits any longer.
 * - *left*: its own signal aborted; the call fails with the signal's reason. A load that all callers left is told to stop; one
 *   whose callers ran out of time goes on, for the next ones.
 */
import { LoadTimeoutError } from '../error.ts'
import type { Bell } from './alarm.ts'
import type { Flight, Outcome } from './flight.ts'
import { type StandIn, standInFor } from './lookup.ts'
import type { Parts } from './parts.ts'

export interface Limits {
  /** How long a caller waits for a load before a value whose time is over may stand in, in ms. Default: for ever. */
  readonly softMs?: number
  /** How long it waits at most, in ms. Default: for ever. */
  readonly hardMs?: number
  /** Ends the wait of this caller. Default: never. */
  readonly signal?: AbortSignal
}

export interface Wait {
  readonly flight: Flight
  /** What was found before the flight, and may stand in for it. */
  readonly standIns: readonly StandIn[]
  readonly limits: Limits
  /** When the call began, by the clock of this process. */
  readonly calledAt: number
}

/** Rejects only where the caller's signal aborts. */
export function patiently(parts: Parts, wait: Wait): Promise<Outcome> {
  const { flight, limits, calledAt } = wait
  const { softMs, hardMs, signal } = limits
  if (softMs === undefined && hardMs === undefined && signal === undefined) return flight.outcome
  return new Promise((resolve, reject) => {
    let isOver = false
    const bells: Bell[] = []
    const finish = () => {
      isOver = true
      signal?.removeEventListener('abort', leave)
      for (const bell of bells) flight.alarm.cancel(bell)
    }
    const leave = () => {
      finish()
      reject(signal?.reason)
    }
    const end = (outcome: Outcome | undefined) => {
      if (isOver || outcome === undefined) return
      finish()
      resolve(outcome)
    }
    if (signal?.aborted) return leave()
    signal?.addEventListener('abort', leave, { once: true })
    flight.outcome.then(end)
    const at = (limitMs: number, ring: () => void) => bells.push(flight.alarm.after(calledAt, limitMs, ring))
    if (softMs !== undefined) at(softMs, () => void afterSoft(parts, wait, () => isOver).then(end))
    if (hardMs !== undefined) at(hardMs, () => isOver || end(afterHard(parts, wait, hardMs)))
  })
}

async function afterSoft(parts: Parts, wait: Wait, isOver: () => boolean): Promise<Outcome | undefined> {
  const { flight, standIns } = wait
  const standIn = () => (isOver() ? undefined : standInFor(parts, [...standIns, ...flight.standIns], 'slow'))
  let found = standIn()
  if (found === undefined && !isOver()) {
    // A slow tier may have one yet.
    await Promise.race([flight.looked, flight.outcome])
    found = standIn()
  }
  return found && taken(found, 'slow')
}

function afterHard(parts: Parts, { flight, standIns }: Wait, hardMs: number): Outcome {
  const found = standInFor(parts, [...standIns, ...flight.standIns], 'failed')
  if (found) return taken(found, 'failed')
  return { kind: 'failed', error: new LoadTimeoutError(flight.key, hardMs) }
}

function taken({ entry, source }: StandIn, stale: 'slow' | 'failed'): Outcome {
  return { kind: 'value', entry, source, checkedAt: Number.NEGATIVE_INFINITY, stale }
}
