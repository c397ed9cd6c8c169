import {
  type Claim,
  type Clock,
  compareStamps,
  type Entry,
  type Fills,
  type Stamp,
  type Tier,
} from '@greenlang/core'
import { type MapTier, mapTier } from './map-tier.ts'

/** The least that is a shared tier with fences, for several caches of one test. */
export interface LeasedTier extends Tier {
  readonly map: MapTier
  readonly leases: Map<string, string>
  readonly fills: Fills
}

export interface LeasedTierOptions {
  readonly clock?: Clock
  /** Before a call takes effect, and before it answers. Default: one microtask. */
  readonly wait?: () => Promise<void>
}

export function leasedTier({ clock, wait = async () => {} }: LeasedTierOptions = {}): LeasedTier {
  const map = mapTier({ name: 'shared', scope: 'shared', ...(clock && { clock }) })
  const leases = new Map<string, string>()
  const call = inTurn(wait)
  const remove = (keys: readonly string[], effect: () => void) =>
    call(() => {
      for (const key of keys) leases.delete(key)
      effect()
    })
  return {
    map,
    leases,
    fills: fillsOver(map, leases, call),
    name: map.name,
    scope: 'shared',
    contract: map.contract,
    guarded: true,
    get: key => call(() => map.get(key)),
    getMany: keys => call(() => map.getMany(keys)),
    set: (key, entry) => call(() => map.set(key, entry)),
    setMany: entries => call(() => map.setMany(entries)),
    deleteMany: keys => remove(keys, () => map.deleteMany(keys)),
    invalidateMany: keys => remove(keys, () => map.invalidateMany(keys)),
    clear: () => call(() => map.clear()),
    stats: () => map.stats(),
    close: async () => map.close(),
    [Symbol.asyncDispose]: async () => map.close(),
  }
}

type Call = <R>(effect: () => R) => Promise<R>

/** Calls take effect one after the other, as over one connection. */
function inTurn(wait: () => Promise<void>): Call {
  let last: Promise<unknown> = Promise.resolve()
  return async effect => {
    const done = last.then(wait).then(effect)
    last = done
    const result = await done
    await wait()
    return result
  }
}

function fillsOver(map: MapTier, leases: Map<string, string>, call: Call): Fills {
  let granted = 0
  const holder = (token: string) => [...leases].find(([, held]) => held === token)?.[0]
  const claim = (key: string, reject: Stamp | undefined): Claim => {
    const entry = map.get(key)
    const isRejected = entry && reject && compareStamps(entry.stamp, reject) === 0
    if (entry && !entry.invalidated && !isRejected) return { kind: 'found', entry }
    if (leases.has(key)) return { kind: 'taken', forMs: 1_000 }
    granted += 1
    leases.set(key, `${granted}`)
    return { kind: 'granted', token: `${granted}` }
  }
  return {
    claim: (keys, { reject }) => call(() => new Map(keys.map(key => [key, claim(key, reject?.get(key))]))),
    fill: (key: string, entry: Entry, token: string) =>
      call(() => {
        if (leases.get(key) !== token) return false
        leases.delete(key)
        map.set(key, entry)
        return true
      }),
    renew: token => call(() => holder(token) !== undefined),
    release: token => call(() => void leases.delete(holder(token) ?? '')),
    write: (key, entry) =>
      call(() => {
        leases.delete(key)
        map.set(key, entry)
        return 'stored'
      }),
    bury: key => call(() => map.deleteMany([key])),
    sweep: () => call(() => map.clear()),
    watch: () => () => undefined,
  }
}
