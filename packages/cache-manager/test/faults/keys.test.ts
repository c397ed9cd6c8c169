/** Row V3 of the fault catalogue: keys that a careless cache would take for one another, or for a command. */
import { escapePattern } from '@greenlang/invalidation'
import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../../src/index.ts'
import { turns } from '../support/deferred.ts'
import { heldTier } from '../support/held-tier.ts'
import { mapTier } from '../support/map-tier.ts'

const megabyte = 'm'.repeat(2 ** 20)
const odd: readonly string[] = [
  ...['', ' ', '\u0000', 'a\u0000b', '\r\n', 'a\r\nDEL b\r\n', 'a', 'A'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'undefined', 'null', '0', '-0'],
  ...['{}', '{a}', '{', '[a]', '[', ']', '[^a]', '[a-z]', '%', '$', '(', ')', '.*', '^a$', '|'],
  ...['*', '**', '?', '??', 'a*', '*a', 'a?', '\\', '\\\\', '\\*', 'a\\', 'a:b', 'a::b', ':a', 'a\\:b'],
  ...['caf\u00e9', 'cafe\u0301', '\u212b', '\u00c5', 'A\u030a', '\ud800', '\udc00', '\ufffd', '🌱', '東京'],
  ...[megabyte, `${megabyte}a`, `${megabyte}b`],
]

const nonStrings: readonly unknown[] = [undefined, null, 1, Number.NaN, {}, [], ['a'], Symbol('a'), 1n, true]

function cacheOf() {
  const [memory, slow] = [mapTier(), heldTier()]
  return { memory, slow, cache: createCache({ tiers: [memory, slow] }) }
}

async function holdingAll() {
  const held = cacheOf()
  await held.cache.setMany(new Map(odd.map((key, index) => [key, index])))
  return held
}

/** Keys that are no longer there. */
async function missing(cache: ReturnType<typeof cacheOf>['cache']): Promise<string[]> {
  const found = await cache.getMany(odd)
  return odd.filter(key => !found.has(key))
}

describe('V3: two distinct odd keys never share an entry', () => {
  it('however they were written, in memory and behind it', async () => {
    const { cache, memory } = cacheOf()
    for (const [index, key] of odd.entries()) {
      if (index % 2 === 0) await cache.set(key, index)
      else await cache.getOrSet(key, () => index)
    }
    const values = odd.map((_, index) => index)
    expect(await Promise.all(odd.map(key => cache.get(key)))).toEqual(values)
    await turns()
    memory.entries.clear()
    expect([...(await cache.getMany(odd)).values()]).toEqual(values)
    await cache.close()
  })

  it('nor a flight, where all are loaded at once', async () => {
    const { cache } = cacheOf()
    const loaded = await Promise.all(odd.map((key, index) => cache.getOrSet(key, async () => index)))
    expect(loaded).toEqual(odd.map((_, index) => index))
    const { cache: other } = cacheOf()
    const many = await other.getOrSetMany(odd, keys => new Map(keys.map(key => [key, key.length])))
    expect(odd.map(key => many.get(key))).toEqual(odd.map(({ length }) => length))
    await Promise.all([cache.close(), other.close()])
  })

  it('nor a delete or an invalidation', async () => {
    for (const key of odd) {
      const { cache } = await holdingAll()
      if (key.length % 2 === 0) await cache.delete(key)
      else await cache.invalidate({ keys: [key] })
      expect(await missing(cache)).toEqual([key])
      await cache.close()
    }
  })

  it('nor a tag', async () => {
    for (const tag of odd.filter(name => name !== '')) {
      const { cache } = cacheOf()
      for (const name of odd) await cache.set(name, 1, { tags: name === '' ? [] : [name] })
      await cache.invalidate({ tags: [tag] })
      expect(await missing(cache)).toEqual([tag])
      await cache.close()
    }
  })
})

describe('V3: a pattern with escapePattern', () => {
  it('takes the one key it was made of, and no other', async () => {
    for (const key of odd.filter(name => name !== '')) {
      const { cache } = await holdingAll()
      await cache.invalidate({ pattern: escapePattern(key) })
      expect(await missing(cache)).toEqual([key])
      await cache.close()
    }
  })

  it('and a star behind it takes what begins with the key, letter by letter', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const random = seededRandom(seed)
    const letters = ['a', '*', '?', '\\', '[', ']', '\n', '\u0000', 'é', '🌱']
    const draw = () =>
      Array.from(
        { length: 1 + Math.floor(random() * 4) },
        () => letters[Math.floor(random() * letters.length)],
      ).join('')
    for (let round = 0; round < 200; round += 1) {
      const keys = [...new Set(Array.from({ length: 20 }, draw))]
      await using cache = createCache({ tiers: [mapTier()] })
      await cache.setMany(new Map(keys.map(key => [key, 1])))
      const prefix = draw()
      await cache.invalidate({ pattern: `${escapePattern(prefix)}*` })
      const left = [...(await cache.getMany(keys)).keys()]
      expect({ seed, prefix, left }).toEqual({
        seed,
        prefix,
        left: keys.filter(key => !key.startsWith(prefix)),
      })
    }
  })
})

describe('V3: what is no string', () => {
  it.each(nonStrings.map(key => [typeof key, key]))('is refused by every call: %s %p', async (_, given) => {
    await using cache = createCache({ tiers: [mapTier()] })
    const key = given as string
    const load = () => 'value'
    const calls = [
      () => cache.get(key),
      () => cache.getDetailed(key),
      () => cache.getOrSet(key, load),
      () => cache.getOrSetDetailed(key, load),
      () => cache.getMany([key]),
      () => cache.getOrSetMany([key], () => new Map()),
      () => cache.has(key),
      () => cache.set(key, 1),
      () => cache.setMany(new Map([[key, 1]])),
      () => cache.claim(key),
      () => cache.delete(key),
      () => cache.invalidate({ keys: [key] }),
      () => cache.explain(key),
    ]
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})
