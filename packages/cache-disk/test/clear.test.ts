import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createEntry, type Tier } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { EntryIndex } from '../src/entry-index.ts'
import { Room } from '../src/room.ts'
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

  it('that fails changes nothing: entries and the account of their space stay', async () => {
    const tier = await tempTier()
    await fill(tier)
    const before = tier.stats()
    const temp = join(tier.directory, 'temp')
    await rename(temp, `${temp}-away`)
    await writeFile(temp, 'in the way')
    await expect(tier.clear()).rejects.toMatchObject({ code: 'ENOTDIR' })
    expect(tier.stats()).toEqual({ ...before, failures: 1 })
    expect((await tier.get('key 7'))?.value).toBe('key 7')
    await rm(temp)
    await rename(`${temp}-away`, temp)
    await tier.clear()
    await until('the files are gone', () => tier.stats().bytes === 0)
  })

  it('whose files cannot be removed makes writes that have no room fail instead of waiting for ever', async () => {
    const index = new EntryIndex()
    const room = new Room({ index, maxBytes: 65_536, expired: async () => [], evict: async () => undefined })
    const old = { size: 60_000, expiresAt: 0 }
    await room.reserve(old)
    const waiting = room.reserve({ size: 8_192, expiresAt: 0 })
    const cause = new Error('cannot be removed')
    index.strand([old], cause)
    await expect(waiting).rejects.toBe(cause)
    await room.reserve({ size: 4_096, expiresAt: 0 })
    expect(index.heldBytes).toBe(61_440 + 4_096)
  })
})
