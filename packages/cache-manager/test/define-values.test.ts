/** Kinds of values: keys from parts, tags, checks of what is read, plain data and back. */
import { describe, expect, it } from '@jest/globals'
import { createCache, defineValues, type StandardSchema } from '../src/index.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'

interface Flow {
  id: number
  owner: string
}

const flowSchema: StandardSchema<Flow> = {
  '~standard': {
    validate: value => {
      const { id, owner } = (value ?? {}) as Partial<Flow>
      return typeof id === 'number' && typeof owner === 'string'
        ? { value: { id, owner } }
        : { issues: [{ message: 'no flow' }] }
    },
  },
}

describe('defineValues', () => {
  it('makes keys and tags from parts, and loads as it was told', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const flows = defineValues(cache, {
      key: 'workflow:{id}',
      tags: ['workflow:{id}'],
      ttl: '10m',
      load: async ({ id }): Promise<Flow> => ({ id: Number(id), owner: 'ada' }),
    })
    expect(flows.key({ id: 7 })).toBe('workflow:7')
    expect(await flows.getOrSet({ id: 7 })).toEqual({ id: 7, owner: 'ada' })
    expect(await flows.get({ id: 7 })).toEqual({ id: 7, owner: 'ada' })
    await cache.invalidate({ tags: ['workflow:7'] })
    expect(await flows.get({ id: 7 })).toBeUndefined()
    await flows.set({ id: 7 }, { id: 7, owner: 'bob' })
    expect(await flows.getOrSet({ id: 7 })).toEqual({ id: 7, owner: 'bob' })
    await flows.delete({ id: 7 })
    expect(await flows.getOrSet({ id: 7 }, () => ({ id: 7, owner: 'own loader' }))).toMatchObject({
      owner: 'own loader',
    })
    await flows.invalidate({ id: 7 })
    expect(await flows.get({ id: 7 })).toBeUndefined()
  })

  it('W37: two sets of parts never make one key', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const pairs = defineValues(cache, { key: '{a}:{b}', load: () => 1 })
    const keys = [
      { a: 'x:y', b: 'z' },
      { a: 'x', b: 'y:z' },
      { a: 'x\\', b: 'y' },
      { a: 'x\\:y', b: 'z' },
    ].map(params => pairs.key(params))
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('tags a value by what it is', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const flows = defineValues(cache, {
      key: 'workflow:{id}',
      load: (): Flow => ({ id: 1, owner: 'ada' }),
      tags: flow => [`user:${flow.owner}`],
    })
    await flows.getOrSet({ id: 1 })
    await cache.invalidate({ tags: ['user:ada'] })
    expect(await flows.get({ id: 1 })).toBeUndefined()
  })

  it('leaves the tags to the defaults of the cache where it has none of its own', async () => {
    await using cache = createCache({ tiers: [mapTier()], defaults: { tags: ['all'] } })
    const flows = defineValues(cache, { key: 'workflow:{id}', load: () => 'loaded' })
    const tagged = defineValues(cache, { key: 'tagged:{id}', tags: ['own'], load: () => 'loaded' })
    await Promise.all([flows.getOrSet({ id: 1 }), flows.set({ id: 2 }, 'set'), tagged.getOrSet({ id: 1 })])
    await cache.invalidate({ tags: ['all'] })
    const found = await Promise.all([flows.get({ id: 1 }), flows.get({ id: 2 }), tagged.get({ id: 1 })])
    expect(found).toEqual([undefined, undefined, 'loaded'])
  })

  it('loads anew what another version of the program left there', async () => {
    await using cache = createCache({ tiers: [mapTier(), leasedTier()] })
    const flows = defineValues(cache, { key: 'workflow:{id}', schema: flowSchema })
    await cache.set('workflow:1', { number: 1 })
    expect(await flows.get({ id: 1 })).toBeUndefined()
    expect(await flows.getOrSet({ id: 1 }, () => ({ id: 1, owner: 'ada' }))).toEqual({ id: 1, owner: 'ada' })
    expect(await cache.get('workflow:1')).toEqual({ id: 1, owner: 'ada' })
  })

  it('refuses what its own loader or writer gives against the schema, and keeps none of it', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const flows = defineValues(cache, { key: 'workflow:{id}', schema: flowSchema })
    const loading = flows.getOrSet({ id: 1 }, () => ({ id: 'one' }) as never)
    await expect(loading).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH', issues: [{ message: 'no flow' }] })
    await expect(flows.set({ id: 1 }, {} as never)).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
    expect(await cache.has('workflow:1')).toBe(false)
  })

  it('checks a value in memory once', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    let checks = 0
    const schema: StandardSchema<Flow> = {
      '~standard': {
        validate: async value => {
          checks += 1
          return { value: value as Flow }
        },
      },
    }
    const flows = defineValues(cache, { key: 'workflow:{id}', schema, load: () => ({ id: 1, owner: 'ada' }) })
    for (let read = 0; read < 10; read += 1) await flows.getOrSet({ id: 1 })
    // Once as it was loaded, once as it was read.
    expect(checks).toBe(2)
  })

  it('turns values into plain data and back', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const codec = {
      encode: (date: Date) => date.toISOString(),
      decode: (text: unknown) => new Date(String(text)),
    }
    const dates = defineValues(cache, { key: 'date:{id}', codec, load: () => new Date(0) })
    expect(await dates.getOrSet({ id: 1 })).toEqual(new Date(0))
    expect(await cache.get('date:1')).toBe('1970-01-01T00:00:00.000Z')
    expect(await dates.get({ id: 1 })).toEqual(new Date(0))
  })

  it('refuses bad templates, parts and options', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    for (const key of ['', 'a:{', 'a:{}', 'a:{b c}', 'a}'])
      expect(() => defineValues(cache, { key })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(() => defineValues(cache, { key: 'a', ttl: 0 })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
    expect(() => defineValues(cache, { key: 'a', tll: 1 } as never)).toThrow('tll')
    const flows = defineValues(cache, { key: 'a:{id}' })
    for (const params of [{}, { id: '' }, { id: Number.NaN }, { id: {} }, null, Object.create({ id: 1 })])
      expect(() => flows.key(params as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    await expect(flows.getOrSet({ id: 1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    // @ts-expect-error a part that the key does not have
    expect(flows.key({ id: 1, other: 2 })).toBe('a:1')
  })
})
