/** Many keys at once: one look at each tier, one call of the loader, failures key by key. */
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache, type ManyLoadContext, type PartialLoadError } from '../src/index.ts'
import { deferred, turns } from './support/deferred.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'

const keys = (count: number) => Array.from({ length: count }, (_, at) => `key ${at}`)
const valuesOf = (wanted: readonly string[]) => new Map(wanted.map(key => [key, `value of ${key}`]))

describe('getMany', () => {
  it('has what is there, in the order of the keys, each once', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    await cache.setMany(
      new Map<string, string | number | null>([
        ['a', 1],
        ['b', null],
        ['c', 'x'],
      ]),
    )
    const found = await cache.getMany(['c', 'nothing', 'a', 'b', 'a'])
    expect([...found]).toEqual([
      ['c', 'x'],
      ['a', 1],
      ['b', null],
    ])
    expect(cache.analytics()).toMatchObject({ requests: 4, hits: 3 })
  })
})

describe('getOrSetMany', () => {
  it('calls the loader once, with what no tier has', async () => {
    const shared = leasedTier()
    await using cache = createCache({ tiers: [mapTier(), shared] })
    await cache.set('key 1', 'held')
    const calls: (readonly string[])[] = []
    const found = await cache.getOrSetMany(keys(600), wanted => {
      calls.push(wanted)
      return valuesOf(wanted)
    })
    expect(calls.map(wanted => wanted.length)).toEqual([599])
    expect(found.size).toBe(600)
    expect(found.get('key 1')).toBe('held')
    expect(await cache.getMany(keys(600))).toEqual(found)
    expect(cache.analytics().loads).toEqual({ found: 1, absent: 0, failed: 0 })
  })

  it('waits for keys that others load, and asks the loader for the rest at once', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const held = deferred<string>()
    const first = cache.getOrSet('key 0', () => held.promise)
    await turns()
    const calls: (readonly string[])[] = []
    const many = cache.getOrSetMany(keys(3), wanted => {
      calls.push(wanted)
      return valuesOf(wanted)
    })
    await turns()
    expect(calls).toEqual([['key 1', 'key 2']])
    held.resolve('theirs')
    expect(await many).toEqual(new Map([['key 0', 'theirs'], ...valuesOf(['key 1', 'key 2'])]))
    expect(await first).toBe('theirs')
  })

  it('does not wait for a key whose lease another process holds before it loads the others', async () => {
    const clock = fakeClock()
    const shared = leasedTier({ clock })
    shared.leases.set('key 0', 'of another')
    await using cache = createCache({ tiers: [mapTier({ clock }), shared], clock })
    const calls: (readonly string[])[] = []
    const many = cache.getOrSetMany(keys(3), wanted => {
      calls.push(wanted)
      return valuesOf(wanted)
    })
    await turns(10)
    expect(calls).toEqual([['key 1', 'key 2']])
    // The other one has died, and its lease ends: it is loaded after all.
    shared.leases.delete('key 0')
    for (let step = 0; step < 100; step += 1) {
      await clock.advance(50)
      await turns(5)
    }
    expect(await many).toEqual(valuesOf(keys(3)))
    expect(calls).toEqual([['key 1', 'key 2'], ['key 0']])
  })

  it('joins what two of its callers both want', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const held = deferred()
    const calls: (readonly string[])[] = []
    const load = async (wanted: readonly string[]) => {
      calls.push(wanted)
      await held.promise
      return valuesOf(wanted)
    }
    const one = cache.getOrSetMany(['a', 'b'], load)
    await turns()
    const two = cache.getOrSetMany(['b', 'c'], load)
    await turns()
    held.resolve()
    expect(await one).toEqual(valuesOf(['a', 'b']))
    expect(await two).toEqual(valuesOf(['b', 'c']))
    expect(calls).toEqual([['a', 'b'], ['c']])
  })

  it('leaves out what was not found, and remembers it where told to', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    let calls = 0
    const load = () => {
      calls += 1
      return new Map([['a', 1]])
    }
    const options = { negativeTtl: '1m' } as const
    expect(await cache.getOrSetMany(['a', 'b'], load, options)).toEqual(new Map([['a', 1]]))
    expect(await cache.getOrSetMany(['a', 'b'], load, options)).toEqual(new Map([['a', 1]]))
    expect(calls).toBe(1)
  })

  it('rejects with what the loader threw, if it left nothing', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const down = new Error('database down')
    const many = cache.getOrSetMany(['a', 'b'], () => Promise.reject(down))
    await expect(many).rejects.toBe(down)
  })

  it('gives what there is with the error, where some keys failed', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const load = (_: readonly string[], { fail }: ManyLoadContext) => {
      fail('b', 'gone away')
      return new Map([['a', 1]])
    }
    const error: PartialLoadError = await cache.getOrSetMany(['a', 'b'], load).then(
      () => undefined,
      reason => reason,
    )
    expect(error).toMatchObject({ code: 'PARTIAL_LOAD' })
    expect(error.values).toEqual(new Map([['a', 1]]))
    expect(error.errors.get('b')).toMatchObject({ code: 'LOAD_FAILED', cause: 'gone away' })
    expect(JSON.stringify(error)).not.toContain('"a"')
    expect(await cache.get('a')).toBe(1)
  })

  it('lets a stale value stand in for the key that failed', async () => {
    const clock = fakeClock()
    await using cache = createCache({
      tiers: [mapTier({ clock })],
      clock,
      defaults: { ttl: '1s', grace: '1h' },
    })
    await cache.setMany(
      new Map([
        ['a', 'old'],
        ['b', 'old'],
      ]),
    )
    await clock.advance('2s')
    const found = await cache.getOrSetMany(['a', 'b'], (_, { fail, stale }) => {
      expect([...stale.keys()]).toEqual(['a', 'b'])
      fail('b', 'down')
      return new Map([['a', 'new']])
    })
    expect(found).toEqual(
      new Map([
        ['a', 'new'],
        ['b', 'old'],
      ]),
    )
    expect(cache.analytics().stale).toEqual({ slow: 0, failed: 1, cut: 0 })
  })

  it('keeps each value as the loader says: tags, ttl, or what there was', async () => {
    const clock = fakeClock()
    await using cache = createCache({
      tiers: [mapTier({ clock })],
      clock,
      defaults: { ttl: '1m', grace: '1h' },
    })
    await cache.set('b', 'old')
    await clock.advance('2m')
    await cache.getOrSetMany(['a', 'b'], (_, { configure, notModified }) => {
      configure('a', { tags: ['team'], ttl: '1s' })
      notModified('b')
      return new Map([['a', 'new']])
    })
    expect(await cache.get('b')).toBe('old')
    await cache.invalidate({ tags: ['team'] })
    expect(await cache.get('a')).toBeUndefined()
  })

  it('refuses a loader that returns no map', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const many = cache.getOrSetMany(['a'], () => ({ a: 1 }) as never)
    await expect(many).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('aborts the load once the last of its callers has left', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const caller = new AbortController()
    let signal: AbortSignal | undefined
    const many = cache.getOrSetMany(
      ['a', 'b'],
      (_, context) => {
        signal = context.signal
        return new Promise<ReadonlyMap<string, unknown>>(() => {})
      },
      { signal: caller.signal },
    )
    many.catch(() => undefined)
    await turns()
    expect(signal?.aborted).toBe(false)
    caller.abort(new Error('left'))
    await expect(many).rejects.toThrow('left')
    expect(signal?.aborted).toBe(true)
  })
})
