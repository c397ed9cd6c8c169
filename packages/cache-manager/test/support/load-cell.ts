/** One cell of a load table: who asks, how its loader behaves, what it got and after how long. */
import type { FakeClock } from '@greenlang/testkit'
import type { Cache, LoadOptions } from '../../src/index.ts'
import { turns } from './deferred.ts'

export const softMs = 100
export const hardMs = 1_000
/** What a slow load takes. */
export const slowMs = 500
export const longestMs = 5_000

export const loaders = ['fast', 'slow', 'hanging', 'failing', 'undefined'] as const
export type LoaderKind = (typeof loaders)[number]

export const limits: Readonly<Record<string, LoadOptions['timeouts']>> = {
  none: { hard: Number.POSITIVE_INFINITY, load: longestMs },
  soft: { soft: softMs, hard: Number.POSITIVE_INFINITY, load: longestMs },
  hard: { hard: hardMs, load: longestMs },
  'soft and hard': { soft: softMs, hard: hardMs, load: longestMs },
}

/** How a value is kept in all cells. */
export const ttlMs = 60_000
export const pastTtlMs = 61_000

export function keptWith(grace: boolean): LoadOptions {
  return { ttl: ttlMs, ...(grace && { grace: '1h' as const }) }
}

export interface Asked {
  readonly limit: string
  readonly grace: boolean
  readonly loader: LoaderKind
}

/** What the caller of `key` gets, and after how many ms: in steps of 50, for 10 s at most. */
export async function outcomeOf(cache: Cache, clock: FakeClock, asked: Asked): Promise<string | undefined> {
  const begun = clock.now()
  const timeouts = limits[asked.limit]
  const options = { ...keptWith(asked.grace), ...(timeouts && { timeouts }) }
  let said: string | undefined
  const tell = (what: unknown) => {
    said = `${what} ${clock.now() - begun}`
  }
  cache.getOrSet('key', loaderOf(asked.loader, clock), options).then(
    value => tell(value ?? 'none'),
    error => tell(error.code ?? 'error'),
  )
  await turns()
  for (let step = 0; said === undefined && step < 200; step += 1) {
    await clock.advance(50)
    await turns()
  }
  return said
}

function loaderOf(kind: LoaderKind, clock: FakeClock): () => Promise<string | undefined> {
  return async () => {
    if (kind === 'slow') await clock.sleep(slowMs)
    if (kind === 'hanging') await new Promise(() => undefined)
    if (kind === 'failing') throw new Error('the source is down')
    return kind === 'undefined' ? undefined : 'new'
  }
}
