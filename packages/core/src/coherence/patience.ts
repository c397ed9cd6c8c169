/**
 * How long a caller waits for a flight, and what it gets where that is not long enough.
 *
 * - *soft*: a value that may stand in for a slow load is taken; where there is none, the caller goes on waiting.
 * - *hard*: a value that may stand in for a failed load is taken, or the call fails; nobody waits any longer.
 * - *left*: its own signal aborted; the call fails with the signal's reason. A load that all callers left is told to stop; one
 *   whose callers ran out of time goes on, for the next ones.
 */
import { getMaxListeners, setMaxListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { LoadTimeoutError } from '../error.ts'
import { Alarm, type Bell } from './alarm.ts'
import type { Flight, Outcome } from './flight.ts'
import { type StandIn, standInFor } from './lookup.ts'
import type { Parts, State } from './parts.ts'
import type { Answer } from './read.ts'
import { answerOf, newerThan, type Seeker } from './seek.ts'

export interface Limits {
  /** How long a caller waits for a load before a value whose time is over may stand in, in ms. Default: for ever. */
  softMs?: number | undefined
  /** How long a caller waits at all, in ms; then what would stand in for a failed load does, or `LoadTimeoutError`. Default: for ever. */
  hardMs?: number | undefined
  /** The caller's: leaves the load as it aborts. Default: none. */
  signal?: AbortSignal | undefined
}

/** @throws What the way ends with, LoadTimeoutError, or the reason of the caller's signal. */
export function patiently(parts: Parts, seeker: Seeker, way: Promise<Answer>): Promise<Answer> {
  const { softMs, hardMs, signal } = seeker.options
  if (softMs === undefined && hardMs === undefined && signal === undefined) return way
  return new Promise((resolve, reject) => {
    const { state, calledAt } = seeker
    const bells: Bell[] = []
    const finish = () => {
      seeker.isOver = true
      seeker.onFound = undefined
      signal?.removeEventListener('abort', leave)
      for (const bell of bells) state.alarm?.cancel(bell)
    }
    const leave = () => {
      finish()
      void desert(seeker, signal?.reason).then(() => reject(signal?.reason))
    }
    const answer = (give: () => Answer) => {
      if (seeker.isOver) return
      finish()
      try {
        resolve(give())
      } catch (error) {
        reject(error)
      }
    }
    way.then(
      found => answer(() => found),
      error =>
        answer(() => {
          throw error
        }),
    )
    if (signal) listen(signal, leave)
    const at = (limitMs: number, ring: () => void) => {
      state.alarm ??= new Alarm(parts.clock)
      bells.push(state.alarm.after(calledAt, limitMs, ring))
    }
    const afterSoft = () => {
      const found = standInOf(parts, seeker, 'slow')
      if (found) answer(() => answerOf(taken(found, 'slow'), seeker))
      // A tier may have one yet.
      else seeker.onFound = afterSoft
    }
    if (softMs !== undefined) at(softMs, () => seeker.isOver || afterSoft())
    if (hardMs !== undefined) at(hardMs, () => answer(() => atLast(parts, seeker, hardMs)))
  })
}

/** One signal often stands for a whole request, with many calls: no leak. Whoever set a limit of its own keeps it. */
function listen(signal: AbortSignal, leave: () => void): void {
  if (getMaxListeners(signal) === defaultListeners) setMaxListeners(manyListeners, signal)
  signal.addEventListener('abort', leave, { once: true })
}

const defaultListeners = 10
const manyListeners = 1_500

/** The load that the last of its callers leaves is told so, and nobody joins it any more. */
async function desert(seeker: Seeker, reason: unknown): Promise<void> {
  seeker.hasLeft = true
  const { flight, state } = seeker
  if (flight === undefined) return
  flight.waiting -= 1
  // Who called in the same turn may be about to join.
  if (flight.waiting === 0) await setImmediate()
  if (flight.waiting === 0) abandon(state, flight, reason)
}

function abandon(state: State, flight: Flight, reason: unknown): void {
  if (state.flight === flight) state.flight = undefined
  flight.abandoned.abort(reason)
}

function atLast(parts: Parts, seeker: Seeker, hardMs: number): Answer {
  const found = standInOf(parts, seeker, 'failed')
  const failure: Outcome = { kind: 'failed', error: new LoadTimeoutError(seeker.key, hardMs) }
  const outcome = found ? taken(found, 'failed') : failure
  return newerThan(parts, seeker, outcome) ?? answerOf(outcome, seeker)
}

/** What was deleted since the call does not stand in, and what was named otherwise for nothing that may yet come. */
function standInOf(parts: Parts, seeker: Seeker, reason: 'slow' | 'failed'): StandIn | undefined {
  const { state, named, deletions, standIns, flight } = seeker
  if (state.deletions !== deletions || (reason === 'slow' && state.named !== named)) return undefined
  return standInFor(parts, [...standIns, ...(flight?.standIns ?? [])], reason)
}

function taken({ entry, source }: StandIn, stale: 'slow' | 'failed'): Outcome {
  return { kind: 'value', entry, source, checkedAt: Number.NEGATIVE_INFINITY, stale }
}
