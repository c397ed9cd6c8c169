import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createEntry, type Tier } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { filesIn, spaceIn, tempTier, until } from './disk-context.ts'

const keys = Array.from({ length: 200 }, (_, index) => `key ${index}`)

async function fill(tier: Tier): Promise<void> {
  await tier.setMany(new Map(keys.map(key => [key, createEntry(key, { ttl: '1h' })])))
}

describe('clear', () => {
  it('answers before the files are gone, and holds their space until they are', async () => {
    const tier = await tempTier()
    await fill(tier)
    const held = tier.stats().bytes
    await tier.clear()
    expect(tier.stats()).toMatchObject({ entries: 0, bytes: held })
    expect((await tier.getMany(keys)).size).toBe(0)
    await until('the files are gone', () => tier.stats().bytes === 0)
    expect(await spaceIn(tier.directory)).toBe(0)
  })

  it('is finished by close', async () => {
    const tier = await tempTier()
    await fill(tier)
    await tier.clear()
    await tier.close()
    expect(await filesIn(tier.directory)).toEqual([])
    expect((await (await tempTier({ directory: tier.directory })).getMany(keys)).size).toBe(0)
  })

  it('whose files cannot be set aside removes them one by one', async () => {
    const tier = await tempTier()
    await fill(tier)
    // The renaming finds nothing to rename.
    await rename(join(tier.directory, 'values'), join(tier.directory, 'away'))
    const clearing = tier.clear()
    await rename(join(tier.directory, 'away'), join(tier.directory, 'values'))
    await clearing
    expect((await tier.getMany(keys)).size).toBe(0)
    await until('the files are gone', async () => (await spaceIn(tier.directory)) === 0)
    await until('the space is free', () => tier.stats().bytes === 0)
  })

  it('spares what is set after it', async () => {
    const tier = await tempTier()
    await fill(tier)
    const clearing = tier.clear()
    const setting = tier.set('key 7', createEntry('new', { ttl: '1h' }))
    await Promise.all([clearing, setting])
    expect((await tier.get('key 7'))?.value).toBe('new')
    await tier.close()
    const again = await tempTier({ directory: tier.directory })
    expect((await again.getMany(keys)).size).toBe(1)
  })
})
