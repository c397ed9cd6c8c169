/**
 * Whether the tiers can be written to and the bus is heard, asked now. A tier that leaves the process is given an entry under a
 * key of its own, which is then deleted: that needs its server, its disk and the rights that writing takes, and touches no
 * count of hits.
 */
import { randomUUID } from 'node:crypto'
import { type Clock, createEntry, isThenable } from '@greenlang/core'
import type { CacheParts } from './cache-parts.ts'
import type { OpenTier } from './tiers.ts'

export interface TierHealth {
  readonly name: string
  /** `down`: it refused the entry or did not answer; the cache goes on without it. */
  readonly state: 'up' | 'down'
  /** What the probe took, in ms. */
  readonly latencyMs: number
  readonly error: unknown
}

export interface CoherenceHealth {
  /**
   * `trusted`: what is in memory is believed. `bypassed`: the bus has not been heard for longer than its lease, and reads go to the
   * shared tier. `alone`: there is a shared tier and no bus, so that other processes are not heard.
   */
  readonly state: 'trusted' | 'bypassed' | 'alone'
  /** Since the bus was last known to have delivered everything, in ms. */
  readonly silentMs: number
  /** Invalidations that wait to be sent. */
  readonly queued: number
}

export interface CacheHealth {
  /** `degraded`: it serves, with less than it was built with; `reasons` say what is missing. */
  readonly state: 'healthy' | 'degraded' | 'closed'
  /** One sentence each. */
  readonly reasons: readonly string[]
  readonly tiers: readonly TierHealth[]
  readonly coherence: CoherenceHealth
  /** Loads under way, and those that wait for a place. */
  readonly loads: { readonly running: number; readonly waiting: number }
}

/** A probe's entry goes by itself where its delete fails. */
const probeTtlMs = 10_000

export async function healthOf(parts: CacheParts, isClosed: boolean): Promise<CacheHealth> {
  const coherence = coherenceOf(parts)
  const { running, waiting } = parts.loads
  const loads = { running, waiting }
  if (isClosed) return { state: 'closed', reasons: ['the cache is closed'], tiers: [], coherence, loads }
  const tiers = await Promise.all(parts.tiers.map(tier => probe(tier, parts.clock)))
  const reasons = [
    ...tiers.filter(({ state }) => state === 'down').map(({ name }) => `tier "${name}" is down`),
    ...(coherence.state === 'bypassed'
      ? [`the bus has been silent for ${Math.round(coherence.silentMs)} ms: memory is not believed`]
      : []),
    ...(coherence.queued > 0 ? [`${coherence.queued} invalidations wait to be sent`] : []),
  ]
  return { state: reasons.length === 0 ? 'healthy' : 'degraded', reasons, tiers, coherence, loads }
}

async function probe({ name, probed }: OpenTier, clock: Clock): Promise<TierHealth> {
  const begun = clock.now()
  const took = () => clock.now() - begun
  const key = `~greenlang:health:${randomUUID()}`
  try {
    const deleted = probed.deleteMany([key])
    // A memory is as well as the process; an entry put there might cost another.
    if (!isThenable(deleted)) return { name, state: 'up', latencyMs: took(), error: undefined }
    await deleted
    await probed.set(key, createEntry('well', { ttl: probeTtlMs }, { clock }))
    await probed.deleteMany([key])
    return { name, state: 'up', latencyMs: took(), error: undefined }
  } catch (error) {
    return { name, state: 'down', latencyMs: took(), error }
  }
}

export function coherenceOf({ bus, clock, isUnheard, engine }: CacheParts): CoherenceHealth {
  const { trustedSince, leaseMs } = bus.sync()
  const silentMs = Math.max(0, clock.now() - trustedSince)
  const state = isUnheard ? 'alone' : silentMs <= leaseMs ? 'trusted' : 'bypassed'
  return { state, silentMs, queued: engine?.queued ?? 0 }
}
