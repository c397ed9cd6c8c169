import type { Clock, Tier } from '@greenlang/core'
import { type MapTier, mapTier } from './map-tier.ts'

/** `slow` answers after a while, `hanging` never, `rejecting` fails at once. */
export type Mood = 'up' | 'slow' | 'hanging' | 'rejecting'

/** A shared tier without a guard of its own, as good as the test says. */
export interface MoodyTier extends Tier {
  readonly map: MapTier
  mood: Mood
  /** Calls that came, by name. */
  readonly calls: string[]
}

export interface MoodyTierOptions {
  readonly clock: Clock
  /** Default `'up'`. */
  readonly mood?: Mood
  /** Default 200. */
  readonly slowMs?: number
}

export function moodyTier({ clock, mood = 'up', slowMs = 200 }: MoodyTierOptions): MoodyTier {
  const map = mapTier({ name: 'shared', scope: 'shared', clock })
  const calls: string[] = []
  const call = async <R>(name: string, effect: () => R): Promise<R> => {
    calls.push(name)
    if (tier.mood === 'slow') await clock.sleep(slowMs)
    if (tier.mood === 'hanging') await new Promise(() => undefined)
    if (tier.mood === 'rejecting') throw new Error('the tier is down')
    return effect()
  }
  const tier: MoodyTier = {
    map,
    mood,
    calls,
    name: map.name,
    scope: 'shared',
    contract: map.contract,
    guarded: false,
    get: key => call('get', () => map.get(key)),
    getMany: keys => call('get', () => map.getMany(keys)),
    set: (key, entry) => call('set', () => map.set(key, entry)),
    setMany: entries => call('set', () => map.setMany(entries)),
    deleteMany: keys => call('delete', () => map.deleteMany(keys)),
    invalidateMany: keys => call('invalidate', () => map.invalidateMany(keys)),
    clear: () => call('clear', () => map.clear()),
    stats: () => map.stats(),
    close: () => map.close(),
    [Symbol.asyncDispose]: async () => map.close(),
  }
  return tier
}
