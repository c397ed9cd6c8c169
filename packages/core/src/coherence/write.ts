/** Values that a writer knows: `set`, and the slot of a claim, which is filled like a load. */
import { createEntry, type Entry, type EntryOptions } from '../entry.ts'
import { checkInteger } from '../option.ts'
import type { Tier } from '../tier.ts'
import type { Changes } from './changes.ts'
import { judge } from './judge.ts'
import { begin, fill, keepPrivate } from './load.ts'
import { bypasses } from './lookup.ts'
import { attempt, dropPrivate, type Parts } from './parts.ts'

export interface SetOptions extends EntryOptions {
  /** Version of the row or resource: of two writes the higher stays. Whole, >= 0. Default: none, the last one to arrive stays, older or not. */
  version?: number
  /** Names of the tiers that keep it; from the others the key goes. Default: all. */
  tiers?: readonly string[]
  /**
   * Whether private tiers keep it from now on, before it has an order among the writes of others; not with a version. Default
   * `false`.
   */
  early?: boolean
}

export interface SetResult {
  /** Whether the value is the one that is kept, here at least; `false` if a higher version is, or if the order could not be told. */
  readonly stored: boolean
  /** Whether every process will hear of it. `false`: it holds here, and is sent when the bus can be reached. */
  readonly propagated: boolean
}

/** Stores a value that was just written: everywhere else what is known of the key is dropped. */
export async function write(
  parts: Parts,
  changes: Changes,
  { key, value, options }: { key: string; value: unknown; options: SetOptions },
): Promise<SetResult> {
  const { keys, clock, guards, bus } = parts
  if (options.version !== undefined) checkInteger('version', options.version, 0)
  const entry = createEntry(value, options, { clock, stamp: bus.sync().known })
  const state = keys.hold(key)
  const invalidation = { mode: 'delete', keys: [key] } as const
  const change = changes.begin(invalidation)
  const checkedAt = clock.now()
  const { generation } = state
  const chosen = parts.tiers.filter(({ name }) => options.tiers?.includes(name) ?? true)
  const keep = (stored: boolean) => {
    const mine = !guards.yieldsToFrames || state.generation === generation
    // Reads that began before this moment may have seen what was there before the write.
    keys.raise(key, { detach: true })
    if (stored && mine) setPrivate(chosen, key, { ...entry, checkedAt })
    else if (early) dropPrivate(parts, [key], 'delete')
  }
  const early = options.early === true && options.version === undefined
  if (early) setPrivate(chosen, key, { ...entry, checkedAt: clock.now() })
  try {
    const version = guards.sendsVersions ? options.version : undefined
    const kept = await storeShared(parts.tiers, { key, entry, version, names: options.tiers })
    // Told also where a higher version was found: whoever wrote that may have died before telling anybody.
    const { propagated } = await bus
      .publish(invalidation, parts.name)
      .then(published => changes.settle(change, published, options.version))
    if (propagated || options.version === undefined) keep(kept === 'stored')
    return { stored: kept === 'stored', propagated }
  } catch {
    changes.postpone(change, options.version)
    // Whether a higher version is there could not be asked. Where there are none, the last one counts.
    const isLast = options.version === undefined
    if (isLast) keep(true)
    return { stored: isLast, propagated: false }
  } finally {
    keys.release(key, state)
  }
}

interface Storing {
  readonly key: string
  readonly entry: Entry
  readonly version: number | undefined
  /** Of the tiers that keep it; `undefined` for all. */
  readonly names: readonly string[] | undefined
}

async function storeShared(tiers: readonly Tier[], { key, entry, version, names }: Storing) {
  let kept: 'stored' | 'older' | 'dropped' = 'stored'
  for (const tier of tiers) {
    if (tier.scope !== 'shared') continue
    if (names?.includes(tier.name) === false) {
      await (version !== undefined && tier.fills ? tier.fills.bury(key, version) : tier.deleteMany([key]))
      continue
    }
    if (tier.fills) kept = await tier.fills.write(key, entry, version === undefined ? {} : { version })
    else await tier.set(key, entry)
    if (kept === 'older') return kept
  }
  return kept
}

function setPrivate(tiers: readonly Tier[], key: string, copy: Entry): void {
  for (const tier of tiers) if (tier.scope === 'process') void attempt(() => tier.set(key, copy))
}

/** What a claim gave: the value that is there, or a slot to put one into. */
export type Slot =
  | { readonly kind: 'found'; readonly entry: Entry }
  | {
      /** `granted`: the slot is this caller's. `taken`: another loads, or nobody can be asked; only this process keeps it. */
      readonly kind: 'granted' | 'taken'
      /** Keeps what the caller found, unless the key was invalidated since the claim; once. Whether it was shared. */
      set(value: unknown, options?: EntryOptions): Promise<boolean>
      release(): Promise<void>
    }

/** For code that loads by itself: claim first, read the source, then `set`. Fenced like a load. */
export async function claimSlot(parts: Parts, key: string): Promise<Slot> {
  const state = parts.keys.hold(key)
  const shared = parts.tiers.find(tier => tier.fills)
  const askedAt = parts.clock.now()
  const { claimMs } = parts.settings
  const reachable = shared?.fills !== undefined && !bypasses(parts, key)
  const claims = reachable ? await attempt(() => shared.fills?.claim([key], { forMs: claimMs })) : undefined
  let claim = claims?.get(key)
  if (claim?.kind === 'found' && shared) {
    const { entry } = claim
    const judgement = await judge(parts, { key, entry, tier: shared, askedAt, trustedSince: askedAt })
    if (judgement.kind === 'serve') {
      parts.keys.release(key, state)
      return { kind: 'found', entry }
    }
    const reject = new Map([[key, entry.stamp]])
    claim = (await attempt(() => shared.fills?.claim([key], { forMs: claimMs, reject })))?.get(key)
  }
  const token = claim?.kind === 'granted' ? claim.token : undefined
  const begun = begin(parts, key, state)
  let open = true
  const end = () => {
    if (open) parts.keys.release(key, state)
    open = false
  }
  return {
    kind: token === undefined ? 'taken' : 'granted',
    async set(value, options = {}) {
      const entry = createEntry(value, options, { clock: parts.clock, stamp: begun.stamp })
      if (!open) return false
      if (!parts.guards.slotsAreFenced) {
        end()
        return await unfenced(parts, key, { ...entry, checkedAt: begun.begunAt })
      }
      keepPrivate(parts, begun, entry)
      end()
      return await fill(parts, begun, entry, { token })
    },
    async release() {
      if (!open) return
      end()
      if (token !== undefined) await attempt(() => shared?.fills?.release(token))
    },
  }
}

async function unfenced(parts: Parts, key: string, entry: Entry): Promise<boolean> {
  dropPrivate(parts, [key], 'delete')
  for (const tier of parts.tiers) await attempt(() => tier.set(key, entry))
  return true
}
