/** What a Redis that is gone costs the callers of a cache: each asks for a key that nobody has. */
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryTier } from '@greenlang/cache-l1'
import { type Cache, createCache } from '@greenlang/cache-manager'
import { redisBus, redisTier } from '@greenlang/cache-redis'
import { pauseServer, type RunningServer } from '@greenlang/servers'
import { faultProxy } from '@greenlang/testkit'
import { quantile } from '../report/statistics.ts'
import type { Say } from './say.ts'

export interface Costs {
  readonly calls: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly mostMs: number
}

export interface OutageFigures {
  readonly name: string
  readonly failed: number
  /** From the begin of the outage, in ms. */
  readonly openedAfterMs: number | undefined
  readonly before: Costs
  readonly untilOpen: Costs
  readonly open: Costs
}

const deadlineMs = 250
const callers = 16
const healthyMs = 2_000
const outageMs = 15_000
const loadMs = 5

type Outage = (server: RunningServer, way: Way) => Promise<() => Promise<unknown>>
type Way = Awaited<ReturnType<typeof faultProxy>>

const outages: Readonly<Record<string, Outage>> = {
  'refuses connections': async (_, way) => {
    await way.refuse()
    way.resetAll()
    return async () => undefined
  },
  'swallows all bytes': async (_, way) => {
    way.set({ dropped: true })
    return async () => undefined
  },
  'is stopped': async server => {
    const pause = await pauseServer(server)
    return () => pause.resume()
  },
}

export async function measureOutages(server: RunningServer, say: Say): Promise<OutageFigures[]> {
  const figures: OutageFigures[] = []
  for (const [name, begin] of Object.entries(outages)) {
    figures.push(await measureOutage(server, name, begin))
    say(`Redis that ${name}: measured`)
  }
  return figures
}

interface Call {
  readonly endedAt: number
  /** Beyond the load itself. */
  readonly addedMs: number
}

async function measureOutage(server: RunningServer, name: string, begin: Outage): Promise<OutageFigures> {
  const { hostname: host, port } = new URL(server.url)
  const way = await faultProxy({ to: { host, port: Number(port) } })
  const [url, prefix] = [way.url(server.url), `bench-outage-${process.pid}-${name}:`]
  let openedAt: number | undefined
  const onState = (state: string) => {
    if (state === 'open') openedAt ??= performance.now()
  }
  const cache = createCache({
    tiers: [memoryTier({ maxEntries: 1_000 }), redisTier({ url, prefix, deadline: deadlineMs, onState })],
    bus: redisBus({ url, scope: prefix, deadline: deadlineMs }),
    defaults: { ttl: '1m' },
  })
  const calls: Call[] = []
  let [failed, over] = [0, false]
  const asking = Array.from({ length: callers }, async (_, caller) => {
    for (let number = 0; !over; number += 1)
      calls.push(await ask(cache, `${caller}:${number}`, () => (failed += 1)))
  })
  await sleep(healthyMs)
  const begunAt = performance.now()
  const end = await begin(server, way)
  await sleep(outageMs)
  over = true
  await Promise.all(asking)
  await end()
  await Promise.all([cache.close(), way.close()])
  const opened = openedAt ?? Number.POSITIVE_INFINITY
  return {
    name,
    failed,
    openedAfterMs: openedAt === undefined ? undefined : openedAt - begunAt,
    before: costsOf(calls.filter(({ endedAt }) => endedAt < begunAt)),
    untilOpen: costsOf(calls.filter(({ endedAt }) => endedAt >= begunAt && endedAt < opened)),
    // Who asked before it opened is let go as it does.
    open: costsOf(calls.filter(({ endedAt }) => endedAt >= opened + deadlineMs)),
  }
}

async function ask(cache: Cache, key: string, onFailure: () => void): Promise<Call> {
  let spentMs = 0
  const begunAt = performance.now()
  const load = async () => {
    const from = performance.now()
    await sleep(loadMs)
    spentMs = performance.now() - from
    return key
  }
  await cache.getOrSet(key, load).catch(onFailure)
  const endedAt = performance.now()
  return { endedAt, addedMs: endedAt - begunAt - spentMs }
}

function costsOf(calls: readonly Call[]): Costs {
  const added = calls.map(({ addedMs }) => addedMs).sort((a, b) => a - b)
  return {
    calls: added.length,
    p50Ms: quantile(added, 0.5),
    p99Ms: quantile(added, 0.99),
    mostMs: added.at(-1) ?? Number.NaN,
  }
}
