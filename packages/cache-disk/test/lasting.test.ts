/** What a set that was acknowledged means, where its caller asked for it to last. */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createEntry } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { type DiskEvent, type DiskTier, diskTier } from '../src/index.ts'
import { tempDirectory, tempTier } from './disk-context.ts'

const entry = (value: unknown) => createEntry(value, { ttl: '1h' })
const sized = (bytes: number) => entry(Buffer.alloc(bytes, 7))

/** What a process that was killed now would leave. */
async function leftOf({ directory }: { directory: string }): Promise<DiskTier> {
  const copy = join(await tempDirectory(), 'copy')
  await cp(directory, copy, { recursive: true })
  return diskTier({ directory: copy, maxBytes: '64mb' })
}

describe('a set that is acknowledged with durability data', () => {
  it('lasts, or what took its place does', async () => {
    const tier = await tempTier({ durability: 'data', maxBytes: '64mb' })
    await tier.set('key', entry('first'))
    const second = tier.set('key', entry('second'))
    const third = tier.set('key', sized(8_000_000))
    await second
    const left = await leftOf(tier)
    expect((await left.get('key'))?.value).not.toBe('first')
    await left.close()
    await third
  })

  it('lasts too if what took its place was a delete', async () => {
    const tier = await tempTier({ durability: 'data' })
    await tier.set('key', entry('first'))
    const second = tier.set('key', entry('second'))
    void tier.deleteMany(['key'])
    await second
    const left = await leftOf(tier)
    expect(await left.get('key')).toBeUndefined()
    await left.close()
  })

  it('takes away what was there, for good, if the value is too large', async () => {
    const tier = await tempTier({ durability: 'data', maxBytes: 65_536 })
    await tier.set('key', entry('first'))
    await tier.set('key', sized(100_000))
    const left = await leftOf(tier)
    expect(await left.get('key')).toBeUndefined()
    await left.close()
  })
})

describe('thousands of sets at once', () => {
  const keys = Array.from({ length: 3_000 }, (_, index) => `key ${index}`)

  it('of one call are all stored', async () => {
    const tier = await tempTier({ durability: 'data', maxBytes: '64mb' })
    await tier.setMany(new Map(keys.map(key => [key, entry(key)])))
    expect(tier.stats()).toMatchObject({ entries: keys.length, failures: 0, state: 'ok' })
    expect((await tier.getMany(keys)).size).toBe(keys.length)
  })

  it('of as many calls are stored or refused, and the disk is not called broken', async () => {
    const events: DiskEvent[] = []
    const observer = (event: DiskEvent) => events.push(event)
    const tier = await tempTier({ durability: 'data', maxBytes: '64mb', observer })
    const results = await Promise.allSettled(keys.map(key => tier.set(key, entry(key))))
    const stored = results.filter(({ status }) => status === 'fulfilled').length
    const codes = results.flatMap(result => (result.status === 'rejected' ? [result.reason.code] : []))
    expect(new Set(codes)).toEqual(new Set(['DISK_BUSY']))
    expect(tier.stats()).toMatchObject({ entries: stored, state: 'ok' })
    expect(events.filter(({ type }) => type === 'degraded')).toEqual([])
  })

  it('never have more entries than maxEntries', async () => {
    const tier = await tempTier({ durability: 'data', maxEntries: 5 })
    await tier.setMany(new Map(keys.slice(0, 200).map(key => [key, entry(key)])))
    expect(tier.stats().entries).toBeLessThanOrEqual(5)
  })
})

describe('a directory that is removed', () => {
  it('is no outage that nobody tells the end of', async () => {
    const events: DiskEvent[] = []
    const tier = await tempTier({ observer: event => events.push(event) })
    await tier.set('key', entry('first'))
    await rm(tier.directory, { recursive: true })
    await tier.set('key', entry('second'))
    await tier.set('key', entry('third'))
    await tier.set('key', entry('fourth'))
    expect((await tier.get('key'))?.value).toBe('fourth')
    const count = (wanted: DiskEvent['type']) => events.filter(({ type }) => type === wanted).length
    expect(count('degraded')).toBe(count('recovered'))
  })
})
