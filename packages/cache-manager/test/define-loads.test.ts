/** What the loader of a definition is given, what it may say, and what its callers hear when it fails. */
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache, defineValues, type LoadContext, type StandardSchema } from '../src/index.ts'
import { deferred, turns } from './support/deferred.ts'
import { mapTier } from './support/map-tier.ts'

const dates = {
  encode: (date: Date) => date.toISOString(),
  decode: (text: unknown) => new Date(String(text)),
}

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

const lives = { ttl: '1s', grace: '1h' } as const

function timedCache() {
  const clock = fakeClock()
  return { clock, cache: createCache({ tiers: [mapTier({ clock })], clock }) }
}

describe('a loader of defined values', () => {
  it('says that a value has not changed, and gives it a new life', async () => {
    const { clock, cache } = timedCache()
    let loads = 0
    const flows = defineValues(cache, {
      key: 'flow:{id}',
      schema: flowSchema,
      tags: ({ owner }) => [`user:${owner}`],
      ...lives,
      load: (_, { stale, notModified }): Flow => {
        loads += 1
        return stale ? notModified() : { id: 1, owner: 'ada' }
      },
    })
    await flows.getOrSet({ id: 1 })
    await clock.advance('2s')
    expect(await flows.getOrSet({ id: 1 })).toEqual({ id: 1, owner: 'ada' })
    // A hit: it lives.
    expect(await flows.get({ id: 1 })).toEqual({ id: 1, owner: 'ada' })
    expect(loads).toBe(2)
    // And has the tags it had.
    await cache.invalidate({ tags: ['user:ada'] })
    expect(await flows.get({ id: 1 })).toBeUndefined()
    await cache.close()
  })

  it('sees the stale value as it was, not as it is stored', async () => {
    const { clock, cache } = timedCache()
    const seen: unknown[] = []
    const load = ({ stale, notModified }: LoadContext) => {
      seen.push(stale?.value)
      return stale ? notModified() : new Date(0)
    }
    const days = defineValues(cache, { key: 'day:{id}', codec: dates, ...lives })
    await days.getOrSet({ id: 1 }, load)
    await clock.advance('2s')
    expect(await days.getOrSet({ id: 1 }, load)).toEqual(new Date(0))
    expect(seen).toEqual([undefined, new Date(0)])
    expect(await cache.get('day:1')).toBe('1970-01-01T00:00:00.000Z')
    await cache.close()
  })

  it('sees no stale value of another shape, and cannot keep it', async () => {
    const { clock, cache } = timedCache()
    const flows = defineValues(cache, { key: 'flow:{id}', schema: flowSchema, ...lives })
    await cache.set('flow:1', { number: 1 }, lives)
    await clock.advance('2s')
    const seen: unknown[] = []
    const unchanged = flows.getOrSet({ id: 1 }, ({ stale, notModified }) => {
      seen.push(stale)
      return notModified()
    })
    await expect(unchanged).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(seen).toEqual([undefined])
    await cache.close()
  })

  it('may take its context apart', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const flows = defineValues(cache, {
      key: 'flow:{id}',
      load: (_, { configure, fail }): string => {
        configure({ tags: ['t'] })
        return fail('down')
      },
    })
    await expect(flows.getOrSet({ id: 1 })).rejects.toMatchObject({ code: 'LOAD_FAILED', cause: 'down' })
  })
})

describe('a load that fails where what is stored does not fit', () => {
  const down = () => Promise.reject(new Error('DB DOWN'))

  it.each([
    ['fresh', 0],
    ['stale', 2_000],
  ])('rejects with its own error: %s', async (_, laterMs) => {
    const { clock, cache } = timedCache()
    const flows = defineValues(cache, { key: 'flow:{id}', schema: flowSchema, ...lives })
    await cache.set('flow:1', { number: 1 }, lives)
    await clock.advance(laterMs)
    let loads = 0
    const failing = () => {
      loads += 1
      return down()
    }
    await expect(flows.getOrSet({ id: 1 }, failing)).rejects.toThrow('DB DOWN')
    expect(loads).toBe(1)
    // Also while it is not tried again.
    await expect(flows.getOrSet({ id: 1 }, failing)).rejects.toThrow('DB DOWN')
    await clock.advance('2s')
    expect(await flows.getOrSet({ id: 1 }, () => ({ id: 1, owner: 'ada' }))).toEqual({ id: 1, owner: 'ada' })
    await cache.close()
  })

  it('rejects so for those who wait for the load of another', async () => {
    const { clock, cache } = timedCache()
    const flows = defineValues(cache, { key: 'flow:{id}', schema: flowSchema, ...lives })
    await cache.set('flow:1', { number: 1 }, lives)
    await clock.advance('2s')
    const held = deferred<Flow>()
    const both = Promise.allSettled([
      flows.getOrSet({ id: 1 }, () => held.promise),
      flows.getOrSet({ id: 1 }, () => held.promise),
    ])
    await turns()
    held.reject(new Error('DB DOWN'))
    for (const outcome of await both)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'DB DOWN' } })
    await cache.close()
  })

  it('rejects with the reason of a load that took too long', async () => {
    const { clock, cache } = timedCache()
    const flows = defineValues(cache, { key: 'flow:{id}', schema: flowSchema, ...lives })
    await cache.set('flow:1', { number: 1 }, lives)
    await clock.advance('2s')
    const loading = flows.getOrSet({ id: 1 }, () => deferred<Flow>().promise, { timeouts: { load: '1s' } })
    const outcome = expect(loading).rejects.toMatchObject({ code: 'LOAD_TIMEOUT' })
    await turns()
    await clock.advance('1s')
    await outcome
    await cache.close()
  })

  it('is not found where the loader finds nothing', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const flows = defineValues(cache, { key: 'flow:{id}', schema: flowSchema })
    await cache.set('flow:1', { number: 1 })
    expect(await flows.getOrSet({ id: 1 }, () => undefined as never)).toBeUndefined()
  })
})

describe('calls of defined values', () => {
  it('takes options where the loader is left to the definition', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    let loads = 0
    const counts = defineValues(cache, { key: 'count:{id}', load: () => ++loads })
    await counts.getOrSet({ id: 1 })
    expect(await counts.getOrSet({ id: 1 }, undefined, { fresh: true })).toBe(2)
    expect(await counts.getOrSet({ id: 1 }, { fresh: true })).toBe(3)
  })

  it('refuses what is neither a loader nor options', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const counts = defineValues(cache, { key: 'count:{id}', load: () => 1 })
    const code = expect.stringMatching(/^INVALID_(OPTION|ARGUMENT)$/)
    for (const rest of [[null], [5], ['x'], [{}, {}], [() => 1, null], [undefined, 5]])
      await expect(counts.getOrSet({ id: 1 }, ...(rest as []))).rejects.toMatchObject({ code })
    await expect(counts.set({ id: 1 }, 1, null as never)).rejects.toMatchObject({ code })
  })
})

describe('misuse', () => {
  it('rejects, and throws nothing at once', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const counts = defineValues(cache, { key: 'count:{id}', load: () => 1 })
    const none = {} as never
    const calls = [
      () => counts.delete(none),
      () => counts.invalidate(none),
      () => counts.get(none),
      () => counts.getOrSet(none),
      () => counts.set(none, 1),
    ]
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('names a codec that does not bring back what fits', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const codec = { encode: ({ id }: Flow) => id, decode: () => ({}) as Flow }
    const load = () => ({ id: 1, owner: 'ada' })
    const flows = defineValues(cache, { key: 'flow:{id}', schema: flowSchema, codec, load })
    const loading = flows.getOrSet({ id: 1 })
    await expect(loading).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
    await expect(loading).rejects.toThrow('mend the codec')
  })
})

describe('a definition', () => {
  it.each([
    ['a codec without its functions', { codec: {} }],
    ['a codec that only encodes', { codec: { encode: () => 1 } }],
    ['null for a codec', { codec: null }],
    ['null for a schema', { schema: null }],
    ['a schema of another kind', { schema: { parse: () => 1 } }],
    ['a tag over a part the key has not', { tags: ['user:{user}'] }],
    ['null for tags', { tags: null }],
  ])('is refused with %s', async (_, bad) => {
    await using cache = createCache({ tiers: [mapTier()] })
    const define = () => defineValues(cache, { key: 'flow:{id}', ...bad } as never)
    expect(define).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })

  it('hears of tags that are none', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const flows = defineValues(cache, { key: 'flow:{id}', tags: () => undefined as never, load: () => 1 })
    await expect(flows.getOrSet({ id: 1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(flows.set({ id: 1 }, 1)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})
