import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it, jest } from '@jest/globals'
import { createCache as createStoreCache } from 'cache-manager'
import { Keyv } from 'keyv'
import { type CacheMethods, createCache } from '../src/index.ts'
import { keyvStore } from '../src/keyv/index.ts'
import { mapTier } from './support/map-tier.ts'

function setUp() {
  const clock = fakeClock()
  const tier = mapTier({ clock })
  const cache = createCache({ tiers: [tier], clock })
  return { clock, tier, cache }
}

describe('keyvStore through Keyv', () => {
  it('sets, gets, has and deletes', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const keyv = new Keyv({ store: keyvStore(cache) })
    expect(await keyv.get('user')).toBeUndefined()
    expect(await keyv.set('user', { id: 42 })).toBe(true)
    expect(await keyv.get('user')).toEqual({ id: 42 })
    expect(await keyv.has('user')).toBe(true)
    expect(await keyv.delete('user')).toBe(true)
    expect(await keyv.delete('user')).toBe(false)
    expect(await keyv.has('user')).toBe(false)
  })

  it.each([null, 0, '', false, []])('keeps %p as a value', async value => {
    await using cache = createCache({ tiers: [mapTier()] })
    const keyv = new Keyv({ store: keyvStore(cache) })
    await keyv.set('key', value)
    expect(await keyv.get('key')).toEqual(value)
    expect(await keyv.has('key')).toBe(true)
  })

  it('keeps values without serialisation too', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const keyv = new Keyv({ store: keyvStore(cache) })
    keyv.serialize = undefined
    keyv.deserialize = undefined
    const since = new Date(0)
    await keyv.set('key', { since })
    expect(await keyv.get('key')).toEqual({ since })
  })

  it('takes the ttl of Keyv in ms', async () => {
    const { clock, cache } = setUp()
    await using _ = cache
    const keyv = new Keyv({ store: keyvStore(cache), ttl: 60_000 })
    await keyv.set('short', 1, 5_000)
    await keyv.set('long', 2)
    await clock.advance('5s')
    expect(await keyv.has('short')).toBe(false)
    expect(await keyv.get('long')).toBe(2)
    await clock.advance('55s')
    expect(await keyv.has('long')).toBe(false)
  })

  it('keeps what has no ttl for ever, or for the ttl of the store', async () => {
    const { clock, cache } = setUp()
    await using _ = cache
    const forever = new Keyv({ store: keyvStore(cache, { namespace: 'forever' }) })
    const hour = new Keyv({ store: keyvStore(cache, { namespace: 'hour', ttl: '1h' }) })
    await forever.set('key', 1, 0)
    await hour.set('key', 2)
    await clock.advance('59m')
    expect(await hour.get('key')).toBe(2)
    await clock.advance('365d')
    expect(await hour.has('key')).toBe(false)
    expect(await forever.get('key')).toBe(1)
  })

  it('stores nothing under a ttl that is over already, and nothing older stays', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const keyv = new Keyv({ store: keyvStore(cache) })
    await keyv.set('key', 'old')
    await keyv.set('key', 'new', -1)
    expect(await keyv.get('key')).toBeUndefined()
  })

  it('takes many at once, in order, each with its ttl', async () => {
    const { clock, cache } = setUp()
    await using _ = cache
    const keyv = new Keyv({ store: keyvStore(cache) })
    const entries = [
      { key: 'a', value: 0, ttl: 1_000 },
      { key: 'b', value: null },
      { key: 'c', value: '', ttl: 1_000 },
    ]
    expect(await keyv.setMany(entries)).toEqual([true, true, true])
    expect(await keyv.getMany(['c', 'missing', 'a', 'b'])).toEqual(['', undefined, 0, null])
    expect(await keyv.hasMany(['a', 'missing'])).toEqual([true, false])
    await clock.advance('1s')
    expect(await keyv.hasMany(['a', 'b', 'c'])).toEqual([false, true, false])
    expect(await keyv.deleteMany(['a', 'b'])).toBe(true)
    expect(await keyv.deleteMany(['a', 'b'])).toBe(false)
  })

  it('lets the last of two entries with one key count', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const keyv = new Keyv({ store: keyvStore(cache) })
    await keyv.setMany([
      { key: 'a', value: 1, ttl: 1_000 },
      { key: 'a', value: 2 },
    ])
    expect(await keyv.get('a')).toBe(2)
  })
})

describe('namespaces', () => {
  it('of two Keyv instances are apart, and clear takes one only', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const users = new Keyv({ store: keyvStore(cache), namespace: 'users' })
    const posts = new Keyv({ store: keyvStore(cache), namespace: 'posts' })
    await users.set('1', 'Ada')
    await posts.set('1', 'Notes')
    await cache.set('1', 'mine')
    await users.clear()
    expect(await users.get('1')).toBeUndefined()
    expect(await posts.get('1')).toBe('Notes')
    expect(await cache.get('1')).toBe('mine')
  })

  it('are kept apart without prefixes on the keys', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const options = { useKeyPrefix: false }
    const users = new Keyv({ store: keyvStore(cache), namespace: 'users', ...options })
    const none = new Keyv(keyvStore(cache), { useKeyPrefix: false, namespace: '' })
    await users.set('key', 1)
    await none.set('users:key', 2)
    expect(await users.get('key')).toBe(1)
    await users.clear()
    expect(await users.get('key')).toBeUndefined()
    expect(await none.get('users:key')).toBe(2)
  })

  it('of other store objects stay, whatever namespaces one has had', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const users = new Keyv({ store: keyvStore(cache), namespace: 'users' })
    const plain = new Keyv({ store: keyvStore(cache) })
    await users.set('a', 1)
    await plain.set('b', 2)
    plain.namespace = 'other'
    await plain.set('b', 3)
    await plain.clear()
    expect(await users.get('a')).toBe(1)
    plain.namespace = undefined
    expect([await plain.get('b'), await users.get('a')]).toEqual([undefined, 1])
  })

  it('of two instances on one store object are cleared together: none comes back', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const store = keyvStore(cache)
    const users = new Keyv({ store, namespace: 'users' })
    await users.set('1', 'Ada')
    const posts = new Keyv({ store, namespace: 'posts' })
    await posts.set('1', 'Notes')
    await users.clear()
    store.namespace = 'users'
    expect(await users.get('1')).toBeUndefined()
    expect(await cache.namespace('keyv').namespace('=posts').get('posts:1')).toBeUndefined()
  })
})

describe('failures', () => {
  it('of the cache are a miss, never an error event', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const broken = new Proxy(cache, { get: () => brokenMethod }) as unknown as CacheMethods
    const brokenMethod = (): unknown => Promise.reject(new Error('out of order'))
    const withNamespace = { setMany: brokenMethod, namespace: () => ({ namespace: () => broken }) }
    const keyv = new Keyv({ store: keyvStore(withNamespace as unknown as CacheMethods) })
    const onError = jest.fn()
    keyv.on('error', onError)
    expect(await keyv.set('key', 1)).toBe(false)
    expect(await keyv.setMany([{ key: 'key', value: 1 }])).toEqual([false])
    expect(await keyv.get('key')).toBeUndefined()
    expect(await keyv.getMany(['key'])).toEqual([undefined])
    expect(await keyv.has('key')).toBe(false)
    expect(await keyv.delete('key')).toBe(false)
    await keyv.clear()
    expect(onError).not.toHaveBeenCalled()
  })

  it('are told where the cache was closed', async () => {
    const cache = createCache({ tiers: [mapTier()] })
    const store = keyvStore(cache)
    await cache.close()
    await expect(store.get('key')).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(store.set('key', 1)).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('of options are told at construction', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const bad = (options: object) => () => keyvStore(cache, options)
    expect(bad({ namespace: '' })).toThrow('option namespace must be a string that is not empty')
    expect(bad({ ttl: 0 })).toThrow('option ttl must be a duration > 0')
    expect(bad({ prefix: 'x' })).toThrow('keyvStore.prefix')
    expect(() => keyvStore({} as unknown as CacheMethods)).toThrow('argument cache must be')
  })

  it('leave the cache open after disconnect', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const keyv = new Keyv({ store: keyvStore(cache) })
    await keyv.disconnect()
    expect(await keyv.set('key', 1)).toBe(true)
  })
})

describe('keyvStore through cache-manager 7', () => {
  it('wraps, with one load for many callers', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const stores = createStoreCache({ stores: [new Keyv({ store: keyvStore(cache) })] })
    const load = jest.fn(async () => ({ id: 1 }))
    const results = await Promise.all([1, 2, 3].map(() => stores.wrap('key', load, 60_000)))
    expect(results).toEqual([{ id: 1 }, { id: 1 }, { id: 1 }])
    expect(await stores.wrap('key', load, 60_000)).toEqual({ id: 1 })
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('reads and writes many, knows ttls, deletes and clears', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const stores = createStoreCache({ stores: [new Keyv({ store: keyvStore(cache) })], ttl: 60_000 })
    await stores.mset<unknown>([
      { key: 'a', value: 1 },
      { key: 'b', value: false, ttl: 30_000 },
    ])
    expect(await stores.mget(['b', 'none', 'a'])).toEqual([false, undefined, 1])
    const [long = 0, short = 0] = [await stores.ttl('a'), await stores.ttl('b')]
    expect(long - short).toBeGreaterThan(29_000)
    await stores.mdel(['a'])
    expect(await stores.get('a')).toBeUndefined()
    await stores.clear()
    expect(await stores.get('b')).toBeUndefined()
    await stores.disconnect()
    await cache.set('still', 'open')
  })
})
