/**
 * What a caller gets, and after how long: which limits it gave, what there is, and how its loader behaves. Every cell states its
 * outcome. `fresh`: the cached value; `stale`: the old one; `new`: the loader's; `none`: undefined.
 */
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache, type LoadContext, type LoadOptions } from '../src/index.ts'
import { turns } from './support/deferred.ts'
import { mapTier } from './support/map-tier.ts'

const softMs = 100
const hardMs = 1_000
const slowMs = 500
const longestMs = 5_000

const loaders = ['fast', 'slow', 'hanging', 'failing', 'undefined'] as const
type LoaderKind = (typeof loaders)[number]

const limits: Readonly<Record<string, LoadOptions['timeouts']>> = {
  none: { hard: Number.POSITIVE_INFINITY, load: longestMs },
  soft: { soft: softMs, hard: Number.POSITIVE_INFINITY, load: longestMs },
  hard: { hard: hardMs, load: longestMs },
  'soft and hard': { soft: softMs, hard: hardMs, load: longestMs },
}

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
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    const options = { ttl: 60_000, ...(cell.grace && { grace: '1h' as const }) }
    if (cell.held !== 'nothing') await cache.set('key', cell.held === 'fresh' ? 'fresh' : 'stale', options)
    if (cell.held === 'stale') await clock.advance(61_000)
    const begun = clock.now()
    const timeouts = limits[cell.limit]
    const call = cache.getOrSet('key', loaderOf(cell.loader, clock), {
      ...options,
      ...(timeouts && { timeouts }),
    })
    let said: string | undefined
    const tell = (what: unknown) => {
      said = `${what} ${clock.now() - begun}`
    }
    call.then(
      value => tell(value ?? 'none'),
      error => tell(error.code ?? 'error'),
    )
    await turns()
    for (let step = 0; said === undefined && step < 200; step += 1) {
      await clock.advance(50)
      await turns()
    }
    expect(said).toBe(cell.outcome)
  })
})

function loaderOf(kind: LoaderKind, clock: { sleep(ms: number): Promise<void> }) {
  return async (_: LoadContext): Promise<string | undefined> => {
    if (kind === 'slow') await clock.sleep(slowMs)
    if (kind === 'hanging') await new Promise(() => undefined)
    if (kind === 'failing') throw new Error('the source is down')
    return kind === 'undefined' ? undefined : 'new'
  }
}
