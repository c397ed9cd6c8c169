/** For code that loads by itself: claim first, read the source, then `set`. Fenced like a load. */
import { createEntry, type Entry, type EntryOptions } from '../entry.ts'
import type { Claim, Tier } from '../tier.ts'
import { judge } from './judge.ts'
import { begin, fill, keepPrivate } from './load.ts'
import { bypasses, lookUp } from './lookup.ts'
import type { OpenSlots } from './open-slots.ts'
import { attempt, dropPrivate, type Parts, type State } from './parts.ts'

/** What a claim gave: the value that is there, or a slot to put one into. */
export type Slot =
  | { readonly kind: 'found'; readonly entry: Entry }
  | {
      /** `granted`: the slot is this caller's. `taken`: another loads, or nobody can be asked; only this process keeps it. */
      readonly kind: 'granted' | 'taken'
      /**
       * Keeps what the caller found, unless the key was invalidated since the claim; once, and not after the longest load. Whether
       * it was shared.
       */
      set(value: unknown, options?: EntryOptions): Promise<boolean>
      release(): Promise<void>
    }

export async function claimSlot(parts: Parts, slots: OpenSlots, key: string): Promise<Slot> {
  const state = parts.keys.hold(key)
  let slot: Slot | undefined
  try {
    const found = (await findNear(parts, key, state)) ?? (await ask(parts, key))
    slot = found?.kind === 'found' ? found : openSlot(parts, slots, { key, state, claim: found })
    return slot
  } finally {
    // An open slot holds it from here on.
    if (slot === undefined || slot.kind === 'found') parts.keys.release(key, state)
  }
}

/** Counts as no look-up: it asks for a slot. */
async function findNear(parts: Parts, key: string, state: State): Promise<Claim | undefined> {
  const tiers = parts.tiers.filter(({ scope }) => scope === 'process')
  const { hit } = await lookUp({ ...parts, observer: undefined }, { key, state, tiers })
  return hit && { kind: 'found', entry: hit.entry }
}

/** Of what is found only what may be served is. */
async function ask(parts: Parts, key: string): Promise<Claim | undefined> {
  const shared = parts.tiers.find(tier => tier.fills)
  const askedAt = parts.clock.now()
  if (shared === undefined || bypasses(parts, key)) return undefined
  const claim = await claimOf(parts, shared, key)
  if (claim?.kind !== 'found') return claim
  const { entry } = claim
  const judgement = await judge(parts, { key, entry, tier: shared, askedAt, trustedSince: askedAt })
  if (judgement.kind === 'serve') return claim
  const again = await claimOf(parts, shared, key, entry)
  return again?.kind === 'found' ? undefined : again
}

function claimOf({ settings }: Parts, { fills }: Tier, key: string, old?: Entry): Promise<Claim | undefined> {
  const { claimMs: forMs } = settings
  const options = old ? { forMs, reject: new Map([[key, old.stamp]]) } : { forMs }
  return attempt(async () => (await fills?.claim([key], options))?.get(key))
}

interface Opening {
  readonly key: string
  readonly state: State
  readonly claim: Claim | undefined
}

function openSlot(parts: Parts, slots: OpenSlots, { key, state, claim }: Opening): Slot {
  const fills = parts.tiers.find(tier => tier.fills)?.fills
  const token = claim?.kind === 'granted' ? claim.token : undefined
  const begun = begin(parts, key, state)
  const letGo = async () => {
    if (token !== undefined) await attempt(() => fills?.release(token))
  }
  const slot = slots.open(isOver => {
    parts.keys.release(key, state)
    if (isOver) void letGo()
  })
  return {
    kind: token === undefined ? 'taken' : 'granted',
    async set(value, options = {}) {
      const entry = createEntry(value, options, { clock: parts.clock, stamp: begun.stamp })
      if (!slot.isOpen) return false
      if (!parts.guards.slotsAreFenced) {
        slot.end()
        return await unfenced(parts, key, { ...entry, checkedAt: begun.begunAt })
      }
      keepPrivate(parts, begun, entry)
      slot.end()
      return await fill(parts, begun, entry, { token })
    },
    async release() {
      if (!slot.isOpen) return
      slot.end()
      await letGo()
    },
  }
}

async function unfenced(parts: Parts, key: string, entry: Entry): Promise<boolean> {
  dropPrivate(parts, [key], 'delete')
  for (const tier of parts.tiers) await attempt(() => tier.set(key, entry))
  return true
}
