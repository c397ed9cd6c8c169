/** Loads, keeps and fills: the fences a value passes on its way from the loader to the tiers. */
import { createEntry, createNegativeEntry, type Entry } from '../entry.ts'
import type { Stamp } from '../stamp.ts'
import type { Fills } from '../tier.ts'
import type { Journey, Loaded, Outcome } from './flight.ts'
import { type StandIn, standInFor } from './lookup.ts'
import { attempt, type Parts, type State } from './parts.ts'

interface LoadRequest {
  readonly state: State
  readonly journey: Journey
  /** The lease it is loaded under; without one, nothing is filled. */
  readonly token: string | undefined
  readonly land: (outcome: Outcome) => void
}

/** A load that has begun: what is kept of it is fenced by these. */
export interface Begun {
  readonly key: string
  readonly state: State
  readonly begunAt: number
  readonly generation: number
  readonly stamp: Stamp
}

export function begin(parts: Parts, key: string, state: State): Begun {
  const { known } = parts.bus.sync()
  return { key, state, begunAt: parts.clock.now(), generation: state.generation, stamp: known }
}

export async function loadAndStore(parts: Parts, request: LoadRequest): Promise<void> {
  const { journey, token, land, state } = request
  const word = parts.firstWord()
  if (word) await word
  const begun = begin(parts, journey.key, state)
  const fills = parts.tiers.find(tier => tier.fills)?.fills
  const done = new AbortController()
  if (token !== undefined && fills) void renewUntil(parts, { fills, token, begun, signal: done.signal })
  let loaded: Loaded
  let entry: Entry | undefined
  try {
    loaded = await journey.load({
      standIn: replaced(parts, state, journey),
      isOnlyExpired: isOnlyExpired(parts, state, journey),
      signal: journey.abandoned,
    })
    entry = entryOf(parts, begun, loaded)
  } catch (error) {
    land(failed(parts, state, journey, error))
    if (token !== undefined) await attempt(() => fills?.release(token))
    return
  } finally {
    done.abort()
  }
  if (entry === undefined) {
    const { tags = [] } = loaded.options ?? {}
    land({ kind: 'nothing', checkedAt: begun.begunAt, entry: { tags, stamp: begun.stamp } })
    if (token !== undefined) await attempt(() => fills?.release(token))
    return
  }
  keepPrivate(parts, begun, entry)
  land({ kind: 'value', entry, source: 'load', checkedAt: begun.begunAt, stale: undefined })
  await fill(parts, begun, entry, { token, version: loaded.version })
}

/** What a load would take the place of. */
function replaced(parts: Parts, state: State, journey: Journey): Entry | undefined {
  const { held, deletions } = journey
  if (held && state.deletions === deletions) return held
  return standIn(parts, state, journey)?.entry
}

function isOnlyExpired(parts: Parts, state: State, { held, named, standIns }: Journey): boolean {
  if (state.named !== named) return false
  return held !== undefined || standInFor(parts, standIns, 'slow') !== undefined
}

/** What is known by now: a key that was deleted since has nothing. */
function standIn(parts: Parts, state: State, { standIns, deletions }: Journey): StandIn | undefined {
  return state.deletions === deletions ? standInFor(parts, standIns, 'failed') : undefined
}

function failed(parts: Parts, state: State, journey: Journey, error: unknown): Outcome {
  const found = standIn(parts, state, journey)
  if (found === undefined) return { kind: 'failed', error }
  const { entry, source } = found
  return { kind: 'value', entry, source, checkedAt: Number.NEGATIVE_INFINITY, stale: 'failed' }
}

function entryOf(
  parts: Parts,
  begun: Begun,
  { value, options = {}, negativeTtlMs }: Loaded,
): Entry | undefined {
  const { clock, guards, bus } = parts
  const stamp = guards.loadStamp(begun.stamp, bus.sync().known)
  if (value !== undefined) return createEntry(value, options, { clock, stamp })
  if (negativeTtlMs === undefined) return undefined
  const tags = guards.tagsNegative ? (options.tags ?? []) : []
  return createNegativeEntry({ ttl: negativeTtlMs, tags }, { clock, stamp })
}

/** Private tiers keep it unless the key was invalidated since the load began. */
export function keepPrivate(parts: Parts, { key, state, generation, begunAt }: Begun, entry: Entry): void {
  if (!parts.guards.storesUnder(generation, state.generation)) return
  const copy = { ...entry, checkedAt: begunAt }
  for (const tier of parts.tiers) if (tier.scope === 'process') void attempt(() => tier.set(key, copy))
}

/** What a fill is let in by. */
interface Ticket {
  readonly token: string | undefined
  readonly version?: number | undefined
}

/** The shared tier stores it only while the lease stands, and never after the longest load: a sweep waits for no later. */
export async function fill(
  parts: Parts,
  begun: Begun,
  entry: Entry,
  { token, version }: Ticket,
): Promise<boolean> {
  const { guards, clock, settings, tiers } = parts
  const { key, begunAt } = begun
  const shared = tiers.find(tier => tier.fills)
  if (shared?.fills === undefined) return false
  const { fills } = shared
  if (!guards.fillsByLease) {
    await attempt(() => shared.set(key, entry))
    return true
  }
  if (token === undefined) return false
  if (clock.now() - begunAt > settings.longestLoadMs) {
    await attempt(() => fills.release(token))
    return false
  }
  const options = version === undefined ? {} : { version }
  return (await attempt(() => fills.fill(key, entry, token, options))) ?? false
}

interface Renewal {
  readonly fills: Fills
  readonly token: string
  readonly begun: Begun
  readonly signal: AbortSignal
}

const renewalsPerLease = 3

/** A lease is short, so that a dead holder blocks nobody for long; one that lives makes it stand again and again. */
async function renewUntil(
  { clock, settings }: Parts,
  { fills, token, begun, signal }: Renewal,
): Promise<void> {
  while (!signal.aborted) {
    const slept = await attempt(async () => {
      await clock.sleep(settings.claimMs / renewalsPerLease, { signal, ref: false })
      return true
    })
    if (!slept || signal.aborted || clock.now() - begun.begunAt > settings.longestLoadMs) return
    if ((await attempt(() => fills.renew(token))) === false) return
  }
}
