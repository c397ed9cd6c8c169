import { createEntry, type Tier } from '@greenlang/core'
import { fakeClock, seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { fileOf, filesIn, spaceIn, tempTier, until } from './disk-context.ts'

const maxBytes = 65_536
const entry = (value: unknown) => createEntry(value, { ttl: '1h' })
const sized = (bytes: number) => entry(Buffer.alloc(bytes, 7))
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

describe(`maxBytes (SEED=${seed})`, () => {
  it('bounds the space in use at every moment, and the account of it is what is on disk', async () => {
    const tier = await tempTier({ maxBytes })
    await tier.get('open')
    const random = seededRandom(seed)
    const highest = watch(() => tier.stats().bytes ?? 0)
    for (let round = 0; round < 40; round += 1) {
      await Promise.all(Array.from({ length: 10 }, () => act(tier, random)))
      // Listing fails where a directory goes at that moment: a clear ends in the background.
      const inUse = () => spaceIn(tier.directory).catch(() => undefined)
      await until('the account agrees', async () => (await inUse()) === tier.stats().bytes)
    }
    expect(highest()).toBeLessThanOrEqual(maxBytes)
    expect(highest()).toBeGreaterThan(maxBytes / 2)
    expect(tier.stats()).toMatchObject({ rejected: 0, failures: 0 })
    expect(tier.stats().evictions).toBeGreaterThan(50)
  })

  it('drops the least recently used first', async () => {
    const tier = await tempTier({ maxBytes })
    for (let index = 0; index < 16; index += 1) await tier.set(`key ${index}`, entry(index))
    await tier.get('key 0')
    await tier.set('one more', entry(1))
    const found = await tier.getMany(['key 0', 'key 1', 'key 2', 'key 15', 'one more'])
    expect([...found.keys()]).toEqual(['key 0', 'key 2', 'key 15', 'one more'].filter(key => found.has(key)))
    expect(found.has('key 0') && found.has('one more') && !found.has('key 1')).toBe(true)
  })

  it('drops the expired before any that is alive', async () => {
    const clock = fakeClock()
    const tier = await tempTier({ maxBytes, clock, sweepEvery: '1h' })
    for (let index = 0; index < 16; index += 1)
      await tier.set(`key ${index}`, createEntry(index, { ttl: index < 12 ? '1h' : '1m' }, { clock }))
    await clock.advance('1m')
    for (let index = 0; index < 4; index += 1)
      await tier.set(`new ${index}`, createEntry(index, {}, { clock }))
    expect(tier.stats()).toMatchObject({ entries: 16, evictions: 4 })
    expect((await tier.getMany(['key 0', 'key 11', 'new 3'])).size).toBe(3)
  })

  it('subtracts what is overwritten and deleted', async () => {
    const tier = await tempTier()
    for (let round = 0; round < 5; round += 1) await tier.set('key', sized(100_000))
    await until('the older files are gone', () => tier.stats().bytes === 102_400)
    await tier.set('key', sized(10))
    await until('the older file is gone', () => tier.stats().bytes === 4096)
    await tier.deleteMany(['key'])
    await until('the file is gone', () => tier.stats().bytes === 0)
    expect(tier.stats().entries).toBe(0)
  })

  it('bounds the number of entries as well', async () => {
    const tier = await tempTier({ maxEntries: 10 })
    for (let index = 0; index < 50; index += 1) {
      await tier.set(`key ${index}`, entry(index))
      expect(tier.stats().entries).toBeLessThanOrEqual(10)
    }
    expect((await tier.get('key 49'))?.value).toBe(49)
  })

  it('does not store what can never fit, and what was there before is gone', async () => {
    const tier = await tempTier({ maxBytes })
    await tier.set('spared', entry(1))
    await tier.set('key', entry('old'))
    await tier.set('key', sized(maxBytes))
    expect(await tier.get('key')).toBeUndefined()
    expect((await tier.get('spared'))?.value).toBe(1)
    expect(tier.stats()).toMatchObject({ entries: 1, evictions: 1, sets: 2, failures: 0 })
    await until('the older file is gone', async () => (await filesIn(tier.directory)).length === 1)
    expect(await filesIn(tier.directory)).toEqual([fileOf(tier.directory, 'spared')])
  })

  it('lets writes that fit only one at a time take turns', async () => {
    const tier = await tempTier({ maxBytes })
    const keys = ['a', 'b', 'a', 'c', 'b', 'a']
    await Promise.all(keys.map(key => tier.set(key, sized(50_000))))
    expect(tier.stats()).toMatchObject({ entries: 1, sets: 6, failures: 0 })
    await until('the others are gone', async () => (await spaceIn(tier.directory)) === 53_248)
  })
})

describe('maxTtl', () => {
  it('ends a life that would be longer, in this tier only', async () => {
    const clock = fakeClock()
    const tier = await tempTier({ maxTtl: '1m', clock })
    const given = createEntry('value', { ttl: '1h' }, { clock })
    await tier.set('key', given)
    expect((await tier.get('key'))?.expiresAt).toBe(clock.now() + 60_000)
    await clock.advance('1m')
    expect(await tier.get('key')).toBeUndefined()
    expect(given.expiresAt).toBeGreaterThan(clock.now())
  })
})

/** Reads a number each turn of the event loop; the function returned stops that and gives the highest. */
function watch(read: () => number): () => number {
  let highest = 0
  let turn = setImmediate(look)
  function look() {
    highest = Math.max(highest, read())
    turn = setImmediate(look)
  }
  return () => {
    clearImmediate(turn)
    return highest
  }
}

async function act(tier: Tier, random: () => number): Promise<void> {
  const key = `key ${Math.floor(random() * 25)}`
  const choice = random()
  if (choice < 0.7) await tier.set(key, sized(Math.floor(random() ** 3 * 60_000)))
  else if (choice < 0.8) await tier.deleteMany([key])
  else if (choice < 0.81) await tier.clear()
  else await tier.get(key)
}
