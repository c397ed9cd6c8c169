/** What a caller asks for and gets, and for how long it wants to wait. */
import type { Entry } from '../entry.ts'
import type { Stamp } from '../stamp.ts'
import type { Load, StaleReason } from './flight.ts'
import type { Parts } from './parts.ts'
import { type Limits, patiently } from './patience.ts'
import type { Missed } from './peek.ts'
import { type Seeker, seek } from './seek.ts'

export interface ReadOptions extends Limits {
  /** Those that are known before the load: nobody joins a load that began before one of them was invalidated. Default `[]`. */
  tags?: readonly string[]
  /** What `peek` said of the first tier in this turn. Default: it is asked. */
  missed?: Missed
  /** Share of its time to live after which a hit begins a refresh; > 0, < 1. Default: never. */
  refreshAfter?: number
  /** Whether a hit begins a refresh, whatever its age. Default: none does. */
  isDue?: (entry: Entry) => boolean
  /** Only a load that begins after the call will do; what is there may stand in if it fails. Default `false`. */
  fresh?: boolean
  /** An invalidation that the answer must not miss, though this process may not have heard of it yet. Default: none. */
  after?: Stamp
  /** Told as the call begins to wait for a load that is not its own. Default: nobody. */
  onWait?: () => void
}

export interface Answer {
  /** `undefined`: there is nothing. */
  readonly entry: Entry | undefined
  /** `load`, or the name of the tier that had it. */
  readonly source: string
  readonly stale: StaleReason | undefined
  /** Whether it was another caller's flight. */
  readonly joined: boolean
}

export interface ReadRequest {
  readonly key: string
  readonly load: Load
  readonly options: ReadOptions
}

export async function read(parts: Parts, request: ReadRequest): Promise<Answer> {
  const { key, options } = request
  options.signal?.throwIfAborted()
  const state = parts.keys.hold(key)
  const { named, deletions } = state
  const calledAt = parts.clock.now()
  const seeker: Seeker = {
    key,
    options,
    calledAt,
    state,
    named,
    deletions,
    standIns: [],
    isOver: false,
    hasLeft: false,
  }
  // What is under way may have begun long ago: it must not come last and stay.
  if (options.fresh) parts.keys.outdate(key, { detach: false })
  // It may go on without its caller.
  const way = seek(parts, request, seeker).finally(() => parts.keys.release(key, state))
  return patiently(parts, seeker, way)
}
