/** Values that a writer knows. */
import type { Invalidation } from '../bus.ts'
import { createEntry, type Entry, type EntryOptions } from '../entry.ts'
import { checkInteger } from '../option.ts'
import type { Stamp } from '../stamp.ts'
import type { Tier } from '../tier.ts'
import type { Changes } from './changes.ts'
import { attempt, dropPrivate, type Parts, type State } from './parts.ts'
import type { Versions } from './versions.ts'

export type { Slot } from './slot.ts'

export interface SetOptions extends EntryOptions {
  /** Version of the row or resource: of two writes the higher stays. Whole, >= 0. Default: none, the last one to arrive stays, older or not. */
  version?: number
  /** Names of the tiers that keep it; from the others the key goes. Default: all. */
  tiers?: readonly string[]
  /**
   * Whether private tiers keep it from now on, before it has an order among the writes of others; with a version only where no
   * tier keeps versions. Default `false`.
   */
  early?: boolean
}

export interface SetResult {
  /** Whether the value is the one that is kept, here at least; `false` if a higher version is, or if the order could not be told. */
  readonly stored: boolean
  /** Whether every process will hear of it. `false`: it holds here, and is sent when the bus can be reached. */
  readonly propagated: boolean
  /** Its place in the order of invalidations, for reads `after` it; absent if it could not be sent. */
  readonly stamp?: Stamp
}

export interface Writing {
  readonly key: string
  readonly value: unknown
  readonly options: SetOptions
  /** Where no tier keeps versions. */
  readonly versions: Versions | undefined
}

/** Stores a value that was just written: everywhere else what is known of the key is dropped. */
export async function write(parts: Parts, changes: Changes, writing: Writing): Promise<SetResult> {
  const { keys, clock, bus } = parts
  const { key, value, options, versions } = writing
  const { version } = options
  if (version !== undefined) checkInteger('version', version, 0)
  const entry = createEntry(value, options, { clock, stamp: bus.sync().known })
  if (versions?.admits(key, version, entry) === false) return tell(parts, key)
  const state = keys.hold(key)
  const change = changes.begin(dropping(key))
  const isOrdered = version === undefined || versions !== undefined
  const copy = privateCopy(parts, { state, entry, writing, early: options.early === true && isOrdered })
  try {
    const sent = parts.guards.sendsVersions ? version : undefined
    const kept = await storeShared(parts.tiers, { key, entry, version: sent, names: options.tiers })
    // Told also where a higher version was found: whoever wrote that may have died before telling anybody.
    const published = await bus
      .publish(change.invalidation, parts.name)
      .then(told => changes.settle(change, told, version))
    if (published.propagated || isOrdered) copy.end(kept === 'stored')
    return { ...published, stored: kept === 'stored' }
  } catch {
    changes.postpone(change, version)
    // Whether a higher version is there could not be asked. Where there are none, the last one counts.
    if (isOrdered) copy.end(true)
    return { stored: isOrdered, propagated: false }
  } finally {
    keys.release(key, state)
  }
}

const dropping = (key: string): Invalidation => ({ mode: 'delete', keys: [key] })

/** A higher version is here, and stays. Others are told all the same: they drop what they hold, older or not. */
async function tell({ bus, name }: Parts, key: string): Promise<SetResult> {
  const published = await attempt(() => bus.publish(dropping(key), name))
  return { propagated: false, ...published, stored: false }
}

interface Copying {
  readonly state: State
  readonly entry: Entry
  readonly writing: Writing
  readonly early: boolean
}

/** What the writer itself keeps, unless somebody else came meanwhile. */
function privateCopy(parts: Parts, { state, entry, writing, early }: Copying) {
  const { keys, clock, guards, tiers } = parts
  const { key, options } = writing
  const chosen = tiers.filter(({ name }) => options.tiers?.includes(name) ?? true)
  const isAlone = tiers.every(({ scope }) => scope === 'process')
  const checkedAt = clock.now()
  const { named } = state
  if (early) setPrivate(chosen, key, { ...entry, checkedAt })
  return {
    end(stored: boolean) {
      const mine = !guards.yieldsToFrames || state.named === named
      // The order of the calls is all there is: whoever came later has dropped what was here, and is not to yield to this one.
      if (isAlone && !mine) return
      // Reads that began before this moment may have seen what was there before the write.
      keys.raise(key, { detach: true })
      if (stored && mine) setPrivate(chosen, key, { ...entry, checkedAt })
      else if (early) dropPrivate(parts, [key], 'delete')
    },
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
