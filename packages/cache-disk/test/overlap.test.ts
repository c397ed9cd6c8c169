import { createEntry, type Entry } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { filesIn, tempTier, until } from './disk-context.ts'

const entry = (value: unknown) => createEntry(value, { ttl: '1h' })
/** Written by the thread pool, so that what follows overtakes it. */
const large = (fill: number) => entry(Buffer.alloc(3_000_000, fill))

const isLarge = (found: Entry | undefined, fill: number) =>
  Buffer.alloc(3_000_000, fill).equals((found?.value ?? Buffer.of()) as Buffer)

describe('a set under way', () => {
  it('gives way to a later set, and leaves nothing behind', async () => {
    const tier = await tempTier({ maxBytes: '100mb' })
    await tier.get('open')
    await Promise.all([tier.set('key', large(1)), tier.set('key', entry('later'))])
    expect((await tier.get('key'))?.value).toBe('later')
    await until('its file is gone', async () => (await filesIn(tier.directory)).length === 1)
    await until('its space is free', () => tier.stats().bytes === 4096)
  })

  it('gives way to a delete and to a clear', async () => {
    const tier = await tempTier({ maxBytes: '100mb' })
    await tier.get('open')
    await Promise.all([tier.set('deleted', large(1)), tier.deleteMany(['deleted'])])
    await Promise.all([tier.set('cleared', large(1)), tier.clear()])
    expect((await tier.getMany(['deleted', 'cleared'])).size).toBe(0)
    await until('nothing is left', async () => (await filesIn(tier.directory)).length === 0)
    await until('its space is free', () => tier.stats().bytes === 0)
  })

  it('lands with the mark of an invalidation that came meanwhile', async () => {
    const tier = await tempTier({ maxBytes: '100mb' })
    await tier.get('open')
    await Promise.all([tier.set('key', large(1)), tier.invalidateMany(['key'])])
    expect((await tier.get('key'))?.invalidated).toBe(true)
    await tier.close()
    const again = await tempTier({ directory: tier.directory, maxBytes: '100mb' })
    expect((await again.get('key'))?.invalidated).toBe(true)
  })

  it('is seen by reads before it lands, and the older entry is not', async () => {
    const tier = await tempTier({ maxBytes: '100mb' })
    await tier.set('key', entry('old'))
    const setting = tier.set('key', large(1))
    expect(isLarge(await tier.get('key'), 1)).toBe(true)
    await setting
    expect(isLarge(await tier.get('key'), 1)).toBe(true)
  })

  it('behind its caller is seen by reads at once, and by the next process', async () => {
    const tier = await tempTier({ writeBehind: true })
    await tier.get('open')
    const setting = tier.set('key', { ...entry('new'), checkedAt: 5 })
    expect(await tier.get('key')).toMatchObject({ value: 'new', checkedAt: 5 })
    await setting
    await tier.set('gone', entry('gone'))
    await tier.deleteMany(['gone'])
    expect(await tier.get('gone')).toBeUndefined()
    await tier.close()
    const again = await tempTier({ directory: tier.directory })
    expect([...(await again.getMany(['key', 'gone'])).keys()]).toEqual(['key'])
  })
})
