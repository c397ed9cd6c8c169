/**
 * The load table with a shared tier behind memory that answers at once, after 200 ms, never, or with a rejection, under the guard
 * of the cache: 250 ms a call. Every cell states its outcome and the caller's time.
 *
 * Of the calls of the tier a caller waits for one: its read. What is loaded is written after the callers were answered. So a
 * caller waits for the load and one deadline at most, and limits count from its call: with one of them no tier adds anything.
 */
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../src/index.ts'
import {
  hardMs,
  keptWith,
  loaders,
  longestMs,
  outcomeOf,
  pastTtlMs,
  slowMs,
  softMs,
} from './support/load-cell.ts'
import { mapTier } from './support/map-tier.ts'
import { type Mood, moodyTier } from './support/moody-tier.ts'

/** What there is: in memory and the tier, or (`far`) in the tier only. */
type Held = 'nothing' | 'stale' | 'fresh' | 'far stale' | 'far fresh'
/** Outcome and the time it takes, by loader: in the order of `loaders`. */
type Row = readonly [limit: string, held: Held, grace: boolean, ...cells: readonly string[]]

/** The tier answers at once. */
const up: readonly Row[] = [
  // limits, held, grace:      fast, slow, hanging, failing, undefined
  ['none', 'nothing', false, 'new 0', 'new 500', 'LOAD_TIMEOUT 5000', 'error 0', 'none 0'],
  ['none', 'stale', false, 'new 0', 'new 500', 'LOAD_TIMEOUT 5000', 'error 0', 'none 0'],
  ['none', 'stale', true, 'new 0', 'new 500', 'stale 5000', 'stale 0', 'none 0'],
  ['none', 'far stale', true, 'new 0', 'new 500', 'stale 5000', 'stale 0', 'none 0'],
  ['none', 'fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['none', 'far fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['soft', 'nothing', false, 'new 0', 'new 500', 'LOAD_TIMEOUT 5000', 'error 0', 'none 0'],
  ['soft', 'stale', false, 'new 0', 'new 500', 'LOAD_TIMEOUT 5000', 'error 0', 'none 0'],
  ['soft', 'stale', true, 'new 0', 'stale 100', 'stale 100', 'stale 0', 'none 0'],
  ['soft', 'far stale', true, 'new 0', 'stale 100', 'stale 100', 'stale 0', 'none 0'],
  ['soft', 'fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['soft', 'far fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['hard', 'nothing', false, 'new 0', 'new 500', 'LOAD_TIMEOUT 1000', 'error 0', 'none 0'],
  ['hard', 'stale', false, 'new 0', 'new 500', 'LOAD_TIMEOUT 1000', 'error 0', 'none 0'],
  ['hard', 'stale', true, 'new 0', 'new 500', 'stale 1000', 'stale 0', 'none 0'],
  ['hard', 'far stale', true, 'new 0', 'new 500', 'stale 1000', 'stale 0', 'none 0'],
  ['hard', 'fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['hard', 'far fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['soft and hard', 'nothing', false, 'new 0', 'new 500', 'LOAD_TIMEOUT 1000', 'error 0', 'none 0'],
  ['soft and hard', 'stale', false, 'new 0', 'new 500', 'LOAD_TIMEOUT 1000', 'error 0', 'none 0'],
  ['soft and hard', 'stale', true, 'new 0', 'stale 100', 'stale 100', 'stale 0', 'none 0'],
  ['soft and hard', 'far stale', true, 'new 0', 'stale 100', 'stale 100', 'stale 0', 'none 0'],
  ['soft and hard', 'fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['soft and hard', 'far fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
]

/** It takes 200 ms for each call. */
const slow: readonly Row[] = [
  // limits, held, grace:      fast, slow, hanging, failing, undefined
  ['none', 'nothing', false, 'new 200', 'new 700', 'LOAD_TIMEOUT 5200', 'error 200', 'none 200'],
  ['none', 'stale', false, 'new 200', 'new 700', 'LOAD_TIMEOUT 5200', 'error 200', 'none 200'],
  ['none', 'stale', true, 'new 200', 'new 700', 'stale 5200', 'stale 200', 'none 200'],
  ['none', 'far stale', true, 'new 200', 'new 700', 'stale 5200', 'stale 200', 'none 200'],
  ['none', 'fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['none', 'far fresh', false, 'fresh 200', 'fresh 200', 'fresh 200', 'fresh 200', 'fresh 200'],
  ['soft', 'nothing', false, 'new 200', 'new 700', 'LOAD_TIMEOUT 5200', 'error 200', 'none 200'],
  ['soft', 'stale', false, 'new 200', 'new 700', 'LOAD_TIMEOUT 5200', 'error 200', 'none 200'],
  ['soft', 'stale', true, 'stale 100', 'stale 100', 'stale 100', 'stale 100', 'stale 100'],
  // Its time is over as the tier brings it: it is taken at once, however quick the load would be.
  ['soft', 'far stale', true, 'stale 200', 'stale 200', 'stale 200', 'stale 200', 'stale 200'],
  ['soft', 'fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['soft', 'far fresh', false, 'fresh 200', 'fresh 200', 'fresh 200', 'fresh 200', 'fresh 200'],
  ['hard', 'nothing', false, 'new 200', 'new 700', 'LOAD_TIMEOUT 1000', 'error 200', 'none 200'],
  ['hard', 'stale', false, 'new 200', 'new 700', 'LOAD_TIMEOUT 1000', 'error 200', 'none 200'],
  ['hard', 'stale', true, 'new 200', 'new 700', 'stale 1000', 'stale 200', 'none 200'],
  ['hard', 'far stale', true, 'new 200', 'new 700', 'stale 1000', 'stale 200', 'none 200'],
  ['hard', 'fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['hard', 'far fresh', false, 'fresh 200', 'fresh 200', 'fresh 200', 'fresh 200', 'fresh 200'],
  ['soft and hard', 'nothing', false, 'new 200', 'new 700', 'LOAD_TIMEOUT 1000', 'error 200', 'none 200'],
  ['soft and hard', 'stale', false, 'new 200', 'new 700', 'LOAD_TIMEOUT 1000', 'error 200', 'none 200'],
  ['soft and hard', 'stale', true, 'stale 100', 'stale 100', 'stale 100', 'stale 100', 'stale 100'],
  ['soft and hard', 'far stale', true, 'stale 200', 'stale 200', 'stale 200', 'stale 200', 'stale 200'],
  ['soft and hard', 'fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['soft and hard', 'far fresh', false, 'fresh 200', 'fresh 200', 'fresh 200', 'fresh 200', 'fresh 200'],
]

/** It never answers: the guard gives up after 250 ms. */
const hanging: readonly Row[] = [
  // limits, held, grace:      fast, slow, hanging, failing, undefined
  ['none', 'nothing', false, 'new 250', 'new 750', 'LOAD_TIMEOUT 5250', 'error 250', 'none 250'],
  ['none', 'stale', false, 'new 250', 'new 750', 'LOAD_TIMEOUT 5250', 'error 250', 'none 250'],
  ['none', 'stale', true, 'new 250', 'new 750', 'stale 5250', 'stale 250', 'none 250'],
  ['none', 'far stale', true, 'new 250', 'new 750', 'LOAD_TIMEOUT 5250', 'error 250', 'none 250'],
  ['none', 'fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['none', 'far fresh', false, 'new 250', 'new 750', 'LOAD_TIMEOUT 5250', 'error 250', 'none 250'],
  ['soft', 'nothing', false, 'new 250', 'new 750', 'LOAD_TIMEOUT 5250', 'error 250', 'none 250'],
  ['soft', 'stale', false, 'new 250', 'new 750', 'LOAD_TIMEOUT 5250', 'error 250', 'none 250'],
  ['soft', 'stale', true, 'stale 100', 'stale 100', 'stale 100', 'stale 100', 'stale 100'],
  ['soft', 'far stale', true, 'new 250', 'new 750', 'LOAD_TIMEOUT 5250', 'error 250', 'none 250'],
  ['soft', 'fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['soft', 'far fresh', false, 'new 250', 'new 750', 'LOAD_TIMEOUT 5250', 'error 250', 'none 250'],
  ['hard', 'nothing', false, 'new 250', 'new 750', 'LOAD_TIMEOUT 1000', 'error 250', 'none 250'],
  ['hard', 'stale', false, 'new 250', 'new 750', 'LOAD_TIMEOUT 1000', 'error 250', 'none 250'],
  ['hard', 'stale', true, 'new 250', 'new 750', 'stale 1000', 'stale 250', 'none 250'],
  ['hard', 'far stale', true, 'new 250', 'new 750', 'LOAD_TIMEOUT 1000', 'error 250', 'none 250'],
  ['hard', 'fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['hard', 'far fresh', false, 'new 250', 'new 750', 'LOAD_TIMEOUT 1000', 'error 250', 'none 250'],
  ['soft and hard', 'nothing', false, 'new 250', 'new 750', 'LOAD_TIMEOUT 1000', 'error 250', 'none 250'],
  ['soft and hard', 'stale', false, 'new 250', 'new 750', 'LOAD_TIMEOUT 1000', 'error 250', 'none 250'],
  ['soft and hard', 'stale', true, 'stale 100', 'stale 100', 'stale 100', 'stale 100', 'stale 100'],
  ['soft and hard', 'far stale', true, 'new 250', 'new 750', 'LOAD_TIMEOUT 1000', 'error 250', 'none 250'],
  ['soft and hard', 'fresh', false, 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0', 'fresh 0'],
  ['soft and hard', 'far fresh', false, 'new 250', 'new 750', 'LOAD_TIMEOUT 1000', 'error 250', 'none 250'],
]

/** It fails at once: what only it has is out of reach, all else is as with one that is up. */
const rejecting = up.map(([limit, held, ...rest]): Row => {
  const alone = up.find(row => row[0] === limit && row[1] === 'nothing')
  if (!held.startsWith('far') || alone === undefined) return [limit, held, ...rest]
  const [, , , ...cells] = alone
  return [limit, held, rest[0], ...cells]
})

const deadlineMs = 250
const tables: Readonly<Record<Mood, readonly Row[]>> = { up, slow, hanging, rejecting }

const cells = Object.entries(tables).flatMap(([mood, rows]) =>
  rows.flatMap(([limit, held, grace, ...outcomes]) =>
    loaders.map((loader, index) => ({
      mood: mood as Mood,
      limit,
      held,
      grace,
      loader,
      outcome: outcomes[index] ?? '',
    })),
  ),
)
type Cell = (typeof cells)[number]

describe('getOrSet over memory and a shared tier', () => {
  it.each(cells)('tier $mood, limits $limit, $held, grace $grace, loader $loader: $outcome', async cell => {
    const { mood, held, grace, outcome } = cell
    const clock = fakeClock()
    const [memory, shared] = [mapTier({ clock }), moodyTier({ clock })]
    const cache = createCache({ tiers: [memory, shared], clock })
    if (held !== 'nothing') await cache.set('key', held.replace('far ', ''), keptWith(grace))
    if (held.endsWith('stale')) await clock.advance(pastTtlMs)
    if (held.startsWith('far')) memory.entries.clear()
    shared.mood = mood
    shared.calls.length = 0
    expect(await outcomeOf(cache, clock, cell)).toBe(outcome)
    expect(shared.calls.filter(call => call === 'get').length).toBeLessThanOrEqual(1)
    // What is written without a caller is given up at its deadline too.
    const closed = cache.close()
    await clock.advance('1m')
    await closed
  })

  it('keeps nobody longer than its limit, or its load and one deadline of the tier', () => {
    const over = cells.filter(cell => Number(cell.outcome.split(' ').at(-1)) > boundOf(cell))
    expect(over).toEqual([])
  })
})

/** The limit that counts for the caller; without one its load. And one deadline for the one call of the tier it waits for. */
function boundOf({ limit, held, grace, loader }: Cell): number {
  const loadMs = { fast: 0, slow: slowMs, hanging: longestMs, failing: 0, undefined: 0 }[loader]
  const soft = limit.includes('soft') && held === 'stale' && grace ? softMs : Number.POSITIVE_INFINITY
  const hard = limit.includes('hard') ? hardMs : Number.POSITIVE_INFINITY
  return Math.min(soft, hard, loadMs + deadlineMs)
}
