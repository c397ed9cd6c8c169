/** Loads that are slow, fail, or are wanted by very many (rows F1 to F4 of the fault catalogue). */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../../src/index.ts'
import { heldLoader, turns } from '../support/deferred.ts'
import { heapAfterGc } from '../support/heap-after-gc.ts'
import { mapTier } from '../support/map-tier.ts'

const failing = () => Promise.reject(new Error('the source is down'))

async function withStale() {
  const clock = fakeClock()
  const cache = createCache({ tiers: [mapTier({ clock })], clock })
  await cache.set('key', 'stale', { ttl: '1m', grace: '1h' })
  await clock.advance(61_000)
  return { cache, clock, [Symbol.asyncDispose]: () => cache.close() }
}

describe('F1: a slow load', () => {
  it('over the soft limit is not waited for where a stale value is there, and its late result is kept', async () => {
    await using held = await withStale()
    const { cache, clock } = held
    const { load, resolve } = heldLoader<string>()
    const call = cache.getOrSet('key', load, { timeouts: { soft: 100 } })
    await clock.advance(100)
    expect(await call).toBe('stale')
    resolve('new')
    await turns()
    expect(await cache.get('key')).toBe('new')
  })

  it('over the hard limit ends in a typed error that names the key, and its late result is kept', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    const { load, resolve } = heldLoader<string>()
    const call = cache.getOrSet('key', load, { timeouts: { hard: 1_000 } })
    const refused = expect(call).rejects.toMatchObject({ code: 'LOAD_TIMEOUT', limitMs: 1_000, key: 'key' })
    await clock.advance(1_000)
    await refused
    resolve('new')
    await turns()
    expect(await cache.get('key')).toBe('new')
  })

  it('keeps nothing of a late result that was invalidated since it began', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    const { load, resolve } = heldLoader<string>()
    const call = cache.getOrSet('key', load, { timeouts: { hard: 1_000 } }).catch(() => 'late')
    await clock.advance(1_000)
    expect(await call).toBe('late')
    await cache.invalidate({ keys: ['key'] })
    resolve('old')
    await turns()
    expect(await cache.get('key')).toBeUndefined()
  })
})

describe('F2: a load that fails or finds nothing', () => {
  it.each([
    [
      'throws',
      () => {
        throw new RangeError('no')
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('no'))],
  ] as const)(
    '%s: all who waited get the same error, once, and the next call tries again',
    async (_, load) => {
      await using cache = createCache({ tiers: [mapTier()] })
      let loads = 0
      const counted = () => {
        loads += 1
        return load()
      }
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () => cache.getOrSet('key', counted)),
      )
      const errors = new Set(outcomes.map(outcome => outcome.status === 'rejected' && outcome.reason))
      expect([...errors]).toMatchObject([{ message: 'no' }])
      expect(loads).toBe(1)
      expect(await cache.getOrSet('key', () => 'value')).toBe('value')
    },
  )

  it('is given to nobody as unhandled, though all its callers have left', async () => {
    const unhandled: unknown[] = []
    const stray = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', stray)
    await using cache = createCache({ tiers: [mapTier()] })
    const leaving = new AbortController()
    const { load, reject, reached } = heldLoader<string>()
    const call = cache.getOrSet('key', load, { signal: leaving.signal })
    await reached
    leaving.abort(new Error('gone'))
    await expect(call).rejects.toThrow('gone')
    reject(new Error('too late'))
    await turns(10)
    process.off('unhandledRejection', stray)
    expect(unhandled).toEqual([])
  })

  it('undefined is answered to all, kept by nobody, and loaded anew', async () => {
    const tier = mapTier()
    await using cache = createCache({ tiers: [tier] })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => cache.getOrSet('key', () => undefined)),
    )
    expect(new Set(answers)).toEqual(new Set([undefined]))
    expect(tier.entries.size).toBe(0)
    expect(await cache.getOrSet('key', () => 'value')).toBe('value')
  })

  it('is stood in for by a stale value with a grace, and by none without', async () => {
    await using held = await withStale()
    expect(await held.cache.getOrSet('key', failing)).toBe('stale')
    await held.cache.set('key', 'short', { ttl: '1m' })
    await held.clock.advance(61_000)
    await expect(held.cache.getOrSet('key', failing)).rejects.toThrow('the source is down')
  })
})

const crowd = 10_000
/** What one who waits may weigh: its promises, its signals and its limit of 30 s, whose timer is of the key. 6.4 kB on Node 20. */
const mostBytesEach = 10_240
/** With `hard: Infinity`: 3.9 to 5.2 kB on Node 20. */
const mostBytesWithoutLimit = 8_192

describe('F3: 10 000 concurrent getOrSet on one cold key', () => {
  it.each([{}, { hard: Number.POSITIVE_INFINITY }])('is one load, with the limits %j', async timeouts => {
    await using cache = createCache({ tiers: [mapTier()] })
    const { load, resolve, calls } = heldLoader<string>()
    const callers = Array.from({ length: crowd }, () => cache.getOrSet('key', load, { timeouts }))
    await turns()
    resolve('value')
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['value']))
    expect(calls()).toBe(1)
  })

  it('takes little room for each who waits', async () => {
    const child = fileURLToPath(new URL('../waiter-weight.child.ts', import.meta.url))
    const args = ['--conditions=greenlang-source', '--import', 'tsx', child]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { limited, unlimited } = JSON.parse(stdout) as { limited: number; unlimited: number }
    expect(limited).toBeLessThan(mostBytesEach)
    expect(unlimited).toBeLessThan(mostBytesWithoutLimit)
  }, 60_000)

  it('leaves nothing behind: no timer, and the room is given back', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    await cache.get('other')
    const [before, sleeping] = [heapAfterGc(), clock.waiting]
    await Promise.all(Array.from({ length: crowd }, () => cache.getOrSet('key', async () => 'value')))
    await turns()
    expect(clock.waiting).toBe(sleeping)
    expect((heapAfterGc() - before) / crowd).toBeLessThan(200)
  })

  it('no waiter waits past its limit, whenever it came', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    const waits: number[] = []
    const limits = Array.from({ length: crowd }, (_, index) => 100 + (index % 10) * 100)
    const never = () => new Promise<string>(() => undefined)
    const callers = limits.map(async (hard, index) => {
      if (index === crowd / 2) await clock.sleep(50)
      const begun = clock.now()
      await cache.getOrSet('key', never, { timeouts: { hard } }).catch(() => undefined)
      waits.push(clock.now() - begun - hard)
    })
    for (let step = 0; step < 25; step += 1) await clock.advance(50)
    await Promise.all(callers)
    expect([waits.length, Math.max(...waits)]).toEqual([crowd, 0])
  })
})

describe('F4: abort of one waiter', () => {
  it('ends its wait with its reason, and no other', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const { load, resolve, reached, calls } = heldLoader<string>()
    const leaving = new AbortController()
    const first = cache.getOrSet('key', load, { signal: leaving.signal })
    await reached
    const others = Array.from({ length: 10 }, () => cache.getOrSet('key', load))
    const reason = new Error('the client has gone')
    leaving.abort(reason)
    await expect(first).rejects.toBe(reason)
    resolve('value')
    expect(new Set(await Promise.all(others))).toEqual(new Set(['value']))
    expect(calls()).toBe(1)
  })

  it('stops the load only as the last one leaves, and the next caller begins another', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const signals: AbortSignal[] = []
    const load = ({ signal }: { readonly signal: AbortSignal }) => {
      signals.push(signal)
      return new Promise<string>(() => undefined)
    }
    const leaving = [new AbortController(), new AbortController()]
    const calls = leaving.map(({ signal }) => cache.getOrSet('key', load, { signal }))
    const outcomes = Promise.allSettled(calls)
    await turns()
    leaving[0]?.abort()
    await turns()
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    leaving[1]?.abort()
    await outcomes
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(await cache.getOrSet('key', () => 'value')).toBe('value')
  })

  it('that has aborted before it called is refused without a load', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const reason = new Error('gone')
    const { load, calls } = heldLoader<string>()
    await expect(cache.getOrSet('key', load, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await turns()
    expect(calls()).toBe(0)
  })
})
