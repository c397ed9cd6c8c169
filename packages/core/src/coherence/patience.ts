/**
 * How long a caller waits for a flight, and what it gets where that is not long enough.
 *
 * - *soft*: a value that may stand in for a slow load is taken; where there is none, the caller goes on waiting.
 * - *hard*: a value that may stand in for a failed load is taken, or the call fails; nobody waits any longer.
 * - *left*: its own signal aborted; the call fails with the signal's reason. A load that all callers left is told to stop; one
 *   whose callers ran out of time goes on, for the next ones.
 */
import { setImmediate } from 'node:timers/promises'
import { LoadTimeoutError } from '../error.ts'
import type { Flight, Outcome } from './flight.ts'
import { type StandIn, standInFor } from './lookup.ts'
import { attempt, type Parts } from './parts.ts'

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
export async function patiently(parts: Parts, wait: Wait): Promise<Outcome> {
  const { flight, limits } = wait
  const { softMs, hardMs, signal } = limits
  if (softMs === undefined && hardMs === undefined && signal === undefined) return flight.outcome
  const over = new AbortController()
  const ways = [flight.outcome]
  if (softMs !== undefined) ways.push(afterSoft(parts, wait, { softMs, signal: over.signal }))
  if (hardMs !== undefined) ways.push(afterHard(parts, wait, { hardMs, signal: over.signal }))
  if (signal !== undefined) ways.push(left(signal, over.signal))
  try {
    return await Promise.race(ways)
  } finally {
    over.abort()
  }
}

/** Never settles before `signal` aborts or the time is over. */
async function sleepUntil(parts: Parts, at: number, signal: AbortSignal): Promise<void> {
  const { clock } = parts
  const leftMs = at - clock.now()
  if (leftMs <= 0) return
  await attempt(() => clock.sleep(leftMs, { signal }))
  // After a stall timers come first: what has arrived meanwhile comes before them.
  if (!signal.aborted) await setImmediate()
}

async function afterSoft(
  parts: Parts,
  { flight, standIns, calledAt }: Wait,
  { softMs, signal }: { softMs: number; signal: AbortSignal },
): Promise<Outcome> {
  await sleepUntil(parts, calledAt + softMs, signal)
  const standIn = () =>
    signal.aborted ? undefined : standInFor(parts, [...standIns, ...flight.standIns], 'slow')
  let found = standIn()
  if (found === undefined && !signal.aborted) {
    // A slow tier may have one yet.
    await Promise.race([flight.looked, flight.outcome])
    found = standIn()
  }
  return found ? taken(found, 'slow') : flight.outcome
}

async function afterHard(
  parts: Parts,
  { flight, standIns, calledAt }: Wait,
  { hardMs, signal }: { hardMs: number; signal: AbortSignal },
): Promise<Outcome> {
  await sleepUntil(parts, calledAt + hardMs, signal)
  if (signal.aborted) return flight.outcome
  const found = standInFor(parts, [...standIns, ...flight.standIns], 'failed')
  if (found) return taken(found, 'failed')
  return { kind: 'failed', error: new LoadTimeoutError(flight.key, hardMs) }
}

function left(signal: AbortSignal, over: AbortSignal): Promise<Outcome> {
  return new Promise((_, reject) => {
    const leave = () => reject(signal.reason)
    if (signal.aborted) return leave()
    signal.addEventListener('abort', leave, { once: true })
    over.addEventListener('abort', () => signal.removeEventListener('abort', leave), { once: true })
  })
}

function taken({ entry, source }: StandIn, stale: 'slow' | 'failed'): Outcome {
  return { kind: 'value', entry, source, checkedAt: Number.NEGATIVE_INFINITY, stale }
}
