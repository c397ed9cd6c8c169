/** What a configuration costs that its author may not have meant. Told as events when a cache is made; nothing is changed. */
import type { CacheSettings } from './options.ts'

export interface Advice {
  /** Stable; for filters and dashboards. */
  readonly code: string
  /** What it is, what it costs, what to change. */
  readonly message: string
}

interface Rule extends Advice {
  applies(settings: CacheSettings): boolean
}

/** Of the engine: a load that took longer is not stored in a shared tier. */
const longestFillMs = 30_000

const rules: readonly Rule[] = [
  {
    code: 'shared-tier-without-bus',
    message:
      'a shared tier is used without a bus: other processes keep what they hold in memory until its ttl is over; pass bus, or a short maxTtl to the memory tier',
    applies: ({ tiers, bus }) => bus === undefined && tiers.some(({ scope }) => scope === 'shared'),
  },
  {
    code: 'soft-timeout-without-grace',
    message:
      'timeouts.soft has no effect without grace: there is never a value that may stand in; set defaults.grace',
    applies: ({ defaults }) => defaults.softMs !== undefined && !defaults.grace,
  },
  {
    code: 'load-outlives-its-lease',
    message:
      'timeouts.load is above 30 s: what takes longer to load is not stored in the shared tier; lower it',
    applies: ({ tiers, defaults }) =>
      (defaults.longestMs ?? 0) > longestFillMs && tiers.some(({ fills }) => fills !== undefined),
  },
  {
    code: 'memory-behind-shared-tier',
    message: 'a private tier that answers at once stands behind a shared one: put the fastest tier first',
    applies: ({ tiers }) => {
      const shared = tiers.findIndex(({ scope }) => scope === 'shared')
      const kept = tiers.slice(shared + 1).some(({ scope, journal }) => scope === 'process' && !journal)
      return shared === 0 && kept
    },
  },
  {
    code: 'hard-timeout-beyond-load',
    message:
      'timeouts.hard is longer than timeouts.load: callers never reach it; lower it, or raise timeouts.load',
    applies: ({ defaults: { hardMs, longestMs } }) =>
      hardMs !== undefined && longestMs !== undefined && Number.isFinite(hardMs) && hardMs > longestMs,
  },
  {
    code: 'unguarded-tier',
    message:
      'guard is false and a tier has no deadline of its own: where it hangs, its callers hang; leave guard on',
    applies: ({ guard, tiers }) => guard === false && tiers.some(({ guarded }) => !guarded),
  },
]

export function adviceOn(settings: CacheSettings): readonly Advice[] {
  return rules
    .filter(({ applies }) => applies(settings))
    .map(({ code, message }) => ({ code, message: `cache "${settings.name}": ${message}` }))
}
