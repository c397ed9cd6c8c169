/** Bringing keys to memory ahead of their callers: from a list, from what a tier remembers, within a deadline. */
import type { CacheEvent } from '@greenlang/core'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache, type WarmProgress } from '../src/index.ts'
import { deferred, turns } from './support/deferred.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'

const keys = (count: number) => Array.from({ length: count }, (_, at) => `key ${at}`)

/** Memory is empty, the shared tier has what was set before. */
async function restarted(count: number) {
  const [clock, shared] = [fakeClock(), leasedTier()]
  const before = createCache({ tiers: [mapTier(), shared], keepOpen: true })
  await before.setMany(new Map(keys(count).map(key => [key, key])))
  await before.close()
  return { clock, shared, memory: mapTier() }
}

describe('warm', () => {
  it('brings to memory what a slower tier has, and loads the rest', async () => {
    const { shared, memory } = await restarted(1_000)
    await using cache = createCache({ tiers: [memory, shared] })
    const report = await cache.warm([...keys(1_000), 'absent', { key: 'loaded', load: () => 'x', ttl: '1h' }])
    expect(report).toMatchObject({ asked: 1_002, warmed: 1_001, absent: 1, failed: 0, done: true })
    expect(memory.entries.size).toBe(1_001)
  })

  it('W35: stops at its deadline, wherever it is', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    const load = () => new Promise(() => {})
    const warming = cache.warm(keys(100), { deadline: '5s', load })
    await turns()
    await clock.advance('5s')
    expect(await warming).toMatchObject({ asked: 64, warmed: 0, done: false, durationMs: 5_000 })
  })

  it('loads a few at once, so that the source is not stampeded', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    let [running, most] = [0, 0]
    const load = async () => {
      running += 1
      most = Math.max(most, running)
      await turns(2)
      running -= 1
      return 1
    }
    expect(await cache.warm(keys(50), { load, loadsAtOnce: 4 })).toMatchObject({ warmed: 50 })
    expect(most).toBe(4)
  })

  it('counts what fails and goes on', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const load = (key: string) => (key === 'key 3' ? Promise.reject(new Error('down')) : key)
    expect(await cache.warm(keys(10), { load })).toMatchObject({ warmed: 9, failed: 1, done: true })
  })

  it('takes the higher priority first', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const order: string[] = []
    const load = (key: string) => {
      order.push(key)
      return key
    }
    const items = [{ key: 'low' }, { key: 'high', priority: 2 }, { key: 'middle', priority: 1 }]
    await cache.warm(items, { load, loadsAtOnce: 1 })
    expect(order).toEqual(['high', 'middle', 'low'])
  })

  it('reads a source no faster than it is used, and ends with its signal', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const stop = new AbortController()
    let read = 0
    async function* endless() {
      for (;;) yield `key ${read++}`
    }
    const seen: WarmProgress[] = []
    const onProgress = (progress: WarmProgress) => {
      seen.push(progress)
      stop.abort()
    }
    const report = await cache.warm(endless(), { load: key => key, signal: stop.signal, onProgress })
    expect(report.done).toBe(false)
    expect(seen).toEqual([{ asked: 1_024, warmed: 1_024, absent: 0, failed: 0 }])
    // As much as is sorted by priority at once.
    expect(read).toBe(4_096)
  })

  it('uses what a slow source has given so far', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    async function* slow() {
      for (let at = 0; ; at += 1) {
        await clock.sleep(10)
        yield `key ${at}`
      }
    }
    const warming = cache.warm(slow(), { deadline: '1s', load: key => key })
    for (let step = 0; step < 110; step += 1) {
      await clock.advance(10)
      await turns()
    }
    const { asked, warmed, done } = await warming
    expect([asked > 90, warmed === asked, done]).toEqual([true, true, false])
  })

  it('ends with the cache, and lets a source that hangs end', async () => {
    const cache = createCache({ tiers: [mapTier()] })
    let ended = 0
    const hanging = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: async () => {
          ended += 1
          return { done: true as const, value: undefined }
        },
      }),
    }
    const warming = cache.warm(hanging, { deadline: Number.POSITIVE_INFINITY })
    await turns()
    await cache.close()
    expect(await warming).toMatchObject({ asked: 0, done: false })
    expect(ended).toBe(1)
  })

  it('tells its end, and fails for nothing that is thrown by who is told', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const seen: number[] = []
    const onProgress = ({ asked }: WarmProgress) => {
      seen.push(asked)
      throw new Error('boom')
    }
    expect(await cache.warm(keys(2), { load: key => key, onProgress })).toMatchObject({
      warmed: 2,
      done: true,
    })
    expect(seen).toEqual([2])
  })

  it.each([5, null, undefined])('refuses %p for a source', async source => {
    await using cache = createCache({ tiers: [mapTier()] })
    await expect(cache.warm(source as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('rejects with what its source throws, and for bad options', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    async function* broken() {
      yield 'key'
      throw new Error('no list')
    }
    await expect(cache.warm(broken())).rejects.toThrow('no list')
    await expect(cache.warm([7 as never])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(cache.warm([], { concurrency: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

describe('warming', () => {
  it('W35: begins as the cache opens, with the list and what a tier remembers, and tells its progress', async () => {
    const { shared, memory } = await restarted(3)
    const events: CacheEvent[] = []
    const asked: number[] = []
    const topKeys = async (count: number) => {
      asked.push(count)
      return [{ key: 'key 1' }, { key: 'key 2' }]
    }
    const remembering = Object.assign(shared, { topKeys })
    const warming = { items: ['key 0', 'key 1'], hottest: 7 }
    const observer = (event: CacheEvent) => void events.push(event)
    await using cache = createCache({ tiers: [memory, remembering], warming, observer })
    await turns(30)
    expect(asked).toEqual([7])
    expect([...memory.entries.keys()]).toEqual(['key 0', 'key 1', 'key 2'])
    expect(events.filter(({ type }) => type === 'warming')).toMatchObject([
      { asked: 3, warmed: 3, absent: 0, failed: 0, done: true },
    ])
    expect(cache.analytics().requests).toBe(3)
  })

  it('is done again on its interval, and ends with the cache', async () => {
    const clock = fakeClock()
    let lists = 0
    const items = () => {
      lists += 1
      return ['key']
    }
    const cache = createCache({
      tiers: [mapTier({ clock })],
      clock,
      warming: { onStart: false, every: '1h', items },
    })
    await turns()
    expect(lists).toBe(0)
    await clock.advance('1h')
    await turns()
    await clock.advance('1h')
    await turns()
    expect(lists).toBe(2)
    await cache.close()
    await clock.advance('5h')
    expect(lists).toBe(2)
  })

  it('says that its source failed', async () => {
    const events: CacheEvent[] = []
    const error = new Error('no list today')
    const items = () => {
      throw error
    }
    await using cache = createCache({
      tiers: [mapTier()],
      warming: { items },
      observer: event => events.push(event),
    })
    await cache.get('key')
    await turns(5)
    expect(events.filter(({ type }) => type === 'warming')).toMatchObject([{ asked: 0, done: true, error }])
  })

  it('keeps nobody waiting: requests are answered while it hangs, and close ends it', async () => {
    const held = deferred<string[]>()
    async function* items() {
      yield* await held.promise
    }
    const cache = createCache({ tiers: [mapTier()], warming: { items } })
    expect(await cache.getOrSet('key', () => 1)).toBe(1)
    await cache.close()
    held.resolve([])
  })

  it.each([{ items: 7 }, { hottest: -1 }, { deadline: 0 }, { every: '0s' }, { onstart: true }])(
    'refuses %p',
    warming => {
      const create = () => createCache({ tiers: [mapTier()], warming: warming as never })
      expect(create).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    },
  )
})
