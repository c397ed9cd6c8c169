/**
 * A whole cache (memory, Redis, the bus over Redis) while its real Redis refuses connections or swallows all bytes, and after.
 * A caller for a key nobody has waits for its load and one deadline at most, and for no deadline once the circuit is open.
 */
import { memoryTier } from '@greenlang/cache-l1'
import { type Cache, createCache } from '@greenlang/cache-manager'
import { redisBus, redisTier } from '@greenlang/cache-redis'
import { systemClock } from '@greenlang/core'
import { testRedisUrl } from '@greenlang/servers'
import { type FaultProxy, faultProxy } from '@greenlang/testkit'
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { measureLoopLag } from './loop-lag.ts'
import { ownPrefix, removeOwnKeys } from './own-keys.ts'

const deadlineMs = 150
const loadMs = 20
/** So long after the cache was opened its first loads wait for the bus, and that is longer than a deadline here. */
const firstWordMs = 250
/** For the value and for the lease; not for the lease where the value was waited for in vain. */
const callsOnTheWay = 2
/** Of the event loop, in a call that waits for nothing but its load; in a deadline it turns thousands of times. */
const mostTurns = 10
/** What a chain of timers is late by, and stalls too small to be measured add up to. */
const grainMs = 40
const limitMs = 60_000

/** One way for the tier and one for the bus, so that what the tier sends can be told apart. */
let ways: { readonly tier: FaultProxy; readonly bus: FaultProxy }
/** Chunks that named a key of the tier. */
let commands = 0
let prefix: string
let cache: Cache
let states: string[] = []

const outages = {
  refused: async () => {
    for (const way of [ways.tier, ways.bus]) {
      await way.refuse()
      way.resetAll()
    }
  },
  'swallowed by the network': async () => {
    for (const way of [ways.tier, ways.bus]) way.set({ dropped: true })
  },
} as const
const kinds = Object.keys(outages) as (keyof typeof outages)[]

async function heal(): Promise<void> {
  for (const way of [ways.tier, ways.bus]) {
    way.heal()
    if (!way.accepting) await way.accept()
  }
}

function open(openFor: number): Cache {
  const url = testRedisUrl()
  const onState = (state: string) => void states.push(state)
  return createCache({
    tiers: [
      memoryTier({ maxEntries: 10_000 }),
      redisTier({ url: ways.tier.url(url), prefix, deadline: deadlineMs, openFor, onState }),
    ],
    bus: redisBus({ url: ways.bus.url(url), scope: prefix, deadline: deadlineMs, lease: 400 }),
    defaults: { ttl: '1m' },
  })
}

beforeEach(async () => {
  const { hostname: host, port } = new URL(testRedisUrl())
  prefix = ownPrefix()
  commands = 0
  states = []
  const to = { host, port: Number(port || 6379) }
  const classify = (chunk: Buffer) => {
    if (chunk.includes(prefix)) commands += 1
    return undefined
  }
  ways = { tier: await faultProxy({ to, classify }), bus: await faultProxy({ to }) }
})
afterEach(async () => {
  await heal()
  await cache.close()
  await Promise.all([ways.tier.close(), ways.bus.close()])
})
afterAll(removeOwnKeys)

const pause = (ms: number) => systemClock.sleep(ms)
const isHealthy = async () => (await cache.health()).state === 'healthy'

/** Asks until the answer is yes, for 20 s at most. */
async function until(answer: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await answer())) {
    if (performance.now() > end) throw new Error(`waited 20 s in vain until ${what}`)
    await pause(10)
  }
}

interface Told {
  readonly value: unknown
  /** Beyond the load, and what the loop was late by. */
  readonly addedMs: number
  /** Of the event loop, beyond the load. */
  readonly turns: number
}

/** What a caller gets for a key nobody has, and after how long. */
async function ask(key: string, { lag, turns }: Measures): Promise<Told> {
  const begun = systemClock.now()
  const first = turns.count()
  let ofLoad = 0
  const load = async () => {
    ofLoad -= turns.count()
    await pause(loadMs)
    ofLoad += turns.count()
    return `value of ${key}`
  }
  const value = await cache.getOrSet(key, load).catch(String)
  const ended = systemClock.now()
  return {
    value,
    addedMs: ended - begun - loadMs - 2 * lag.between(begun, ended),
    turns: turns.count() - first - ofLoad,
  }
}

async function askAll(keys: readonly string[], atOnce: number): Promise<Told[]> {
  const [lag, turns] = [measureLoopLag(), countTurns()]
  const told: Told[] = []
  for (let at = 0; at < keys.length; at += atOnce)
    told.push(...(await Promise.all(keys.slice(at, at + atOnce).map(key => ask(key, { lag, turns })))))
  lag.stop()
  turns.stop()
  return told
}

interface Measures {
  readonly lag: ReturnType<typeof measureLoopLag>
  readonly turns: ReturnType<typeof countTurns>
}

/** Turns of the event loop, from now until it is stopped. */
function countTurns() {
  let [count, next] = [0, setImmediate(turn)]
  function turn() {
    count += 1
    next = setImmediate(turn)
  }
  return { count: () => count, stop: () => clearImmediate(next) }
}

const keysOf = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name} ${at}`)
const valuesOf = (keys: readonly string[]) => keys.map(key => `value of ${key}`)

describe.each(kinds)('Redis %s', kind => {
  it(
    'every caller is answered, after its load and one deadline at most; then Redis is used again',
    async () => {
      cache = open(200)
      await until(isHealthy, 'the cache is healthy')
      const known = keysOf('known', 20)
      await askAll(known, 20)
      await outages[kind]()
      const keys = keysOf('cold', 200)
      const told = [...(await askAll(keys.slice(0, 5), 1)), ...(await askAll(keys.slice(5), 20))]
      expect(told.map(({ value }) => value)).toEqual(valuesOf(keys))
      const most = deadlineMs + grainMs
      expect(told.filter(({ addedMs }) => addedMs > most)).toEqual([])
      const again = await askAll(known, 20)
      expect(again.map(({ value }) => value)).toEqual(valuesOf(known))
      expect(again.filter(({ addedMs }) => addedMs > most)).toEqual([])
      expect((await cache.health()).reasons).toContain('tier "redis" is down')
      await heal()
      await until(isHealthy, 'the cache is healthy again')
      await until(async () => (await hitsOf('healed')) > 0, 'Redis gives values again')
    },
    limitMs,
  )

  it(
    'W32: from the start every caller is answered in time, health names the tier, and Redis is used once it is there',
    async () => {
      await outages[kind]()
      cache = open(200)
      const keys = keysOf('early', 40)
      const told = await askAll(keys, 10)
      expect(told.map(({ value }) => value)).toEqual(valuesOf(keys))
      expect(told.filter(({ addedMs }) => addedMs > firstWordMs + grainMs)).toEqual([])
      const { state, reasons } = await cache.health()
      expect([state, reasons.includes('tier "redis" is down')]).toEqual(['degraded', true])
      await heal()
      await until(isHealthy, 'the cache is healthy')
      await until(async () => (await hitsOf('healed')) > 0, 'Redis gives values')
    },
    limitMs,
  )

  it(
    'once the circuit is open nothing is sent for a caller',
    async () => {
      cache = open(limitMs)
      await until(isHealthy, 'the cache is healthy')
      await askAll(keysOf('before', 5), 5)
      expect(commands).toBeGreaterThan(0)
      await outages[kind]()
      for (let round = 0; states.length === 0 && round < 50; round += 1)
        await askAll(keysOf(`round ${round}`, 5), 5)
      expect(states).toEqual(['open'])
      const [sent, failures] = [commands, cache.analytics().tiers[1]?.failures ?? 0]
      const keys = keysOf('cold', 500)
      const told = await askAll(keys, 50)
      expect(told.map(({ value }) => value)).toEqual(valuesOf(keys))
      expect(commands - sent).toBe(0)
      // Each caller was refused twice, by the circuit: for the value and for the lease.
      expect((cache.analytics().tiers[1]?.failures ?? 0) - failures).toBe(callsOnTheWay * keys.length)
      expect(told.filter(({ turns }) => turns > mostTurns)).toEqual([])
    },
    limitMs,
  )

  it(
    'a load that hangs blocks no other key, and its own only until its longest life',
    async () => {
      cache = open(200)
      await until(isHealthy, 'the cache is healthy')
      await outages[kind]()
      const lag = measureLoopLag()
      const begun = systemClock.now()
      const never = () => new Promise<string>(() => undefined)
      const hanging = cache
        .getOrSet('hanging', never, { timeouts: { load: 600 } })
        .then(String, error => error)
      const others = await askAll(keysOf('other', 20), 20)
      expect(others.filter(({ addedMs }) => addedMs > deadlineMs + grainMs)).toEqual([])
      expect(await hanging).toMatchObject({ code: 'LOAD_TIMEOUT', limitMs: 600, key: 'hanging' })
      const ended = systemClock.now()
      lag.stop()
      const most = 600 + deadlineMs + 2 * lag.between(begun, ended) + grainMs
      expect(ended - begun).toBeLessThan(most)
      expect(await cache.getOrSet('hanging', () => 'next')).toBe('next')
    },
    limitMs,
  )
})

/** Of Redis, once `key` was stored anew and memory has forgotten it. */
async function hitsOf(key: string): Promise<number> {
  const before = cache.analytics().tiers[1]?.hits ?? 0
  await cache.set(key, 'value')
  await cache.get(key, { tiers: ['redis'] })
  return (cache.analytics().tiers[1]?.hits ?? 0) - before
}
