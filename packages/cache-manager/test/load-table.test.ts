/**
 * What a caller gets, and after how long: which limits it gave, what there is, and how its loader behaves. Every cell states its
 * outcome. `fresh`: the cached value; `stale`: the old one; `new`: the loader's; `none`: undefined. With a slower tier behind
 * memory: load-table-tiers.test.ts.
 */
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../src/index.ts'
import {
  hardMs,
  keptWith,
  limits,
  loaders,
  longestMs,
  outcomeOf,
  pastTtlMs,
  slowMs,
  softMs,
} from './support/load-cell.ts'
import { mapTier } from './support/map-tier.ts'

/** Outcome and the time it takes, by loader: in the order of `loaders`. */
type Row = readonly [limit: string, held: string, grace: boolean, ...cells: readonly string[]]

const late = `LOAD_TIMEOUT ${hardMs}`
const over = `LOAD_TIMEOUT ${longestMs}`
const table: readonly Row[] = [
  // limits, held, grace:      fast, slow, hanging, failing, undefined
  ['none', 'nothing', false, 'new 0', `new ${slowMs}`, over, 'error 0', 'none 0'],
  ['none', 'stale', false, 'new 0', `new ${slowMs}`, over, 'error 0', 'none 0'],
  ['none', 'stale', true, 'new 0', `new ${slowMs}`, `stale ${longestMs}`, 'stale 0', 'none 0'],
  ['soft', 'nothing', false, 'new 0', `new ${slowMs}`, over, 'error 0', 'none 0'],
  ['soft', 'stale', true, 'new 0', `stale ${softMs}`, `stale ${softMs}`, 'stale 0', 'none 0'],
  ['hard', 'nothing', false, 'new 0', `new ${slowMs}`, late, 'error 0', 'none 0'],
  ['hard', 'stale', false, 'new 0', `new ${slowMs}`, late, 'error 0', 'none 0'],
  ['hard', 'stale', true, 'new 0', `new ${slowMs}`, `stale ${hardMs}`, 'stale 0', 'none 0'],
  ['soft and hard', 'nothing', false, 'new 0', `new ${slowMs}`, late, 'error 0', 'none 0'],
  ['soft and hard', 'stale', true, 'new 0', `stale ${softMs}`, `stale ${softMs}`, 'stale 0', 'none 0'],
  ...Object.keys(limits).map((limit): Row => [limit, 'fresh', false, ...loaders.map(() => 'fresh 0')]),
]

const cells = table.flatMap(([limit, held, grace, ...outcomes]) =>
  loaders.map((loader, index) => ({ limit, held, grace, loader, outcome: outcomes[index] })),
)

describe('getOrSet', () => {
  it.each(cells)('limits $limit, $held, grace $grace, loader $loader: $outcome', async cell => {
    const { held, grace, outcome } = cell
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    if (held !== 'nothing') await cache.set('key', held, keptWith(grace))
    if (held === 'stale') await clock.advance(pastTtlMs)
    expect(await outcomeOf(cache, clock, cell)).toBe(outcome)
  })
})
