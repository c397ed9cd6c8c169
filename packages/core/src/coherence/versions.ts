/**
 * Versions of values where no tier keeps them: of two writes of this process the higher stays. What was invalidated by its key
 * leaves its version behind for a while, so that a late write of a lower one is still refused; what was invalidated otherwise
 * does not. Of a key that is forgotten here the last write stays.
 */
import type { Invalidation } from '../bus.ts'
import { createEntry, type Entry } from '../entry.ts'
import type { Load } from './flight.ts'
import type { Parts } from './parts.ts'

export interface Versions {
  /** Counts this one from now on, unless a higher one is known: then `false`. A write without a version has no order, and is let in. */
  admits(key: string, version: number | undefined, entry: Dated): boolean
  /** The same load, but what it brings is not kept where a higher version is known. */
  fenced(key: string, load: Load): Load
  invalidated(invalidation: Invalidation, version?: number): void
}

type Dated = Pick<Entry, 'tags' | 'stamp' | 'expiresAt'>

interface Known {
  readonly version: number
  readonly until: number
  readonly entry: Pick<Entry, 'tags' | 'stamp'>
}

/** How long a version outlives its value, in ms: as in the shared tiers. */
const afterlifeMs = 30_000

/** @param most Keys whose versions are remembered; past it those written long ago are forgotten. */
export function createVersions(parts: Parts, most: number): Versions {
  return new KnownVersions(parts, most)
}

class KnownVersions implements Versions {
  readonly #parts: Parts
  readonly #most: number
  readonly #known = new Map<string, Known>()

  constructor(parts: Parts, most: number) {
    this.#parts = parts
    this.#most = most
  }

  admits(key: string, version: number | undefined, entry: Dated): boolean {
    if (version === undefined) {
      this.#known.delete(key)
      return true
    }
    const known = this.#current(key)
    if (known && known.version > version) return false
    this.#remember(key, { version, entry, until: entry.expiresAt + afterlifeMs })
    return true
  }

  fenced(key: string, load: Load): Load {
    const { bus, clock } = this.#parts
    return async context => {
      const { known: stamp } = bus.sync()
      const loaded = await load(context)
      const { version, value, options = {}, negativeTtlMs } = loaded
      const isAbsent = value === undefined
      if (version === undefined || (isAbsent && negativeTtlMs === undefined)) return loaded
      const life = isAbsent && negativeTtlMs !== undefined ? { ttl: negativeTtlMs } : {}
      const entry = createEntry(value ?? null, { ...options, ...life }, { clock, stamp })
      if (!this.admits(key, version, entry)) this.#refuse(key)
      return loaded
    }
  }

  invalidated(invalidation: Invalidation, version?: number): void {
    if (!('keys' in invalidation)) return
    const end = this.#parts.clock.now() + afterlifeMs
    for (const key of invalidation.keys) {
      const known = this.#current(key)
      const isHigher = version !== undefined && (known === undefined || version > known.version)
      if (isHigher) this.#remember(key, { version, until: end, entry: this.#unnamed() })
      else if (known) this.#remember(key, { ...known, until: Math.min(known.until, end) })
    }
  }

  /** Nothing that was loaded before this moment is kept; no write yields to that. */
  #refuse(key: string): void {
    this.#parts.keys.outdate(key, { detach: true })
  }

  #current(key: string): Known | undefined {
    const known = this.#known.get(key)
    if (known === undefined) return undefined
    const { clock, ledger } = this.#parts
    const verdict = ledger.verdict({ key, entry: known.entry, scope: 'process' })
    if (known.until > clock.now() && verdict.kind !== 'invalid') return known
    this.#known.delete(key)
    return undefined
  }

  #remember(key: string, known: Known): void {
    this.#known.delete(key)
    this.#known.set(key, known)
    if (this.#known.size <= this.#most) return
    const [oldest = key] = this.#known.keys()
    this.#known.delete(oldest)
  }

  #unnamed(): Known['entry'] {
    return { tags: [], stamp: this.#parts.bus.sync().known }
  }
}
