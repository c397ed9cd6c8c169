/** Through the tiers in order: the first fresh entry, copied up into the private tiers above it with its own dates. */
import type { Entry } from '@greenlang/core'
import type { Background } from './background.ts'
import type { Coherence } from './coherence.ts'
import type { Gate } from './gate.ts'
import { beginUnder, type KeyState, mayStore } from './keys.ts'
import { isThenable } from './thenable.ts'

export interface LookupOptions {
  readonly gates: readonly Gate[]
  readonly coherence: Coherence
  readonly background: Background
}

export interface Question {
  readonly key: string
  /** Held by the asker. */
  readonly state: KeyState
  /** Where to begin: 1 where the first tier has answered already. */
  readonly from: number
  /** Told of each stale entry on the way. */
  readonly onStale: (entry: Entry) => void
}

/** Memory had no fresh entry, or there is no memory. */
export interface Unanswered {
  /** The tier to go on with. */
  readonly from: 0 | 1
  /** What memory held, if that was stale. */
  readonly stale: Entry | undefined
}

const missed: Unanswered = Object.freeze({ from: 1, stale: undefined })
const unasked: Unanswered = Object.freeze({ from: 0, stale: undefined })

export function createLookup(options: LookupOptions): Lookup {
  return new Lookup(options)
}

class Lookup {
  readonly #gates: readonly Gate[]
  readonly #coherence: Coherence
  readonly #background: Background

  constructor({ gates, coherence, background }: LookupOptions) {
    this.#gates = gates
    this.#coherence = coherence
    this.#background = background
  }

  /** What memory has, without waiting and without allocating: a fresh entry, or where to go on. */
  atOnce(key: string): Entry | Unanswered {
    const gate = this.#gates[0]
    if (!gate?.local) return unasked
    if (!gate.trusts(key)) return missed
    const begun = gate.counts.begin(true)
    const answer = gate.read(key)
    if (isThenable(answer)) return unasked
    const freshness = answer === undefined ? 'expired' : this.#coherence.freshness(answer)
    gate.counts.end(freshness === 'expired' ? 'miss' : freshness, begun)
    if (answer === undefined || freshness === 'expired') return missed
    return freshness === 'fresh' ? answer : { from: 1, stale: answer }
  }

  async find({ key, state, from, onStale }: Question): Promise<Entry | undefined> {
    const begun = beginUnder(state)
    for (let index = from; index < this.#gates.length; index += 1) {
      const gate = this.#gates[index]
      if (gate === undefined || !gate.trusts(key)) continue
      const askedAt = gate.counts.begin(gate.local)
      const answer = gate.read(key)
      const entry = isThenable(answer) ? await answer : answer
      const freshness = entry === undefined ? 'expired' : this.#coherence.freshness(entry)
      gate.counts.end(freshness === 'expired' ? 'miss' : freshness, askedAt)
      if (entry === undefined || freshness === 'expired') continue
      if (freshness === 'stale') onStale(entry)
      else {
        if (mayStore(state, begun)) this.#promote(key, entry, index)
        return entry
      }
    }
    return undefined
  }

  /** Only upwards, and only into private tiers: what a disk holds never goes to where others read. */
  #promote(key: string, entry: Entry, foundAt: number): void {
    for (const gate of this.#gates.slice(0, foundAt)) {
      if (gate.scope !== 'process') continue
      const filled = gate.fill(key, entry)
      if (isThenable(filled)) this.#background.track(filled)
    }
  }
}

export type { Lookup }
