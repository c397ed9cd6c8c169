import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createEntry, createNegativeEntry, type Tier } from '@greenlang/core'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { startChild } from './child-process.ts'
import { fileOf, filesIn, spaceIn, tempDirectory, tempTier, until } from './disk-context.ts'

const entry = (value: unknown) => createEntry(value, { ttl: '1h', tags: ['t'] })
const keys = Array.from({ length: 300 }, (_, index) => `key ${index}`)

/** A directory left by a tier that stored `a`, `b` and `c`. */
async function usedDirectory(): Promise<string> {
  const tier = await tempTier()
  await tier.setMany(new Map(['a', 'b', 'c'].map(key => [key, entry(key)])))
  await tier.close()
  return tier.directory
}

async function valuesOf(tier: Tier, wanted: readonly string[]): Promise<unknown[]> {
  const found = await tier.getMany(wanted)
  return wanted.map(key => found.get(key)?.value)
}

describe('a directory opened again', () => {
  it('serves what was stored, without what was deleted, and with the marks', async () => {
    const first = await tempTier()
    const kept = entry({ when: new Date(0) })
    await first.setMany(
      new Map([
        ['kept', kept],
        ['deleted', entry(1)],
        ['marked', kept],
      ]),
    )
    await first.deleteMany(['deleted'])
    await first.invalidateMany(['marked'])
    await first.close()

    const second = await tempTier({ directory: first.directory })
    expect(await second.get('kept')).toEqual(kept)
    expect(await second.get('marked')).toEqual({ ...kept, invalidated: true })
    expect(await second.get('deleted')).toBeUndefined()
    expect(second.stats()).toMatchObject({
      entries: 2,
      bytes: 8192,
      hits: 2,
      misses: 1,
      rejected: 0,
      failures: 0,
    })
  })

  it('serves what says that there is nothing, marked or not, and not when an earlier process checked it', async () => {
    const first = await tempTier()
    const negative = createNegativeEntry({ ttl: '1h', tags: ['t'] })
    await first.setMany(new Map(['nothing', 'marked'].map(key => [key, { ...negative, checkedAt: 7 }])))
    await first.invalidateMany(['marked'])
    await first.close()

    const second = await tempTier({ directory: first.directory })
    expect(await second.get('nothing')).toEqual(negative)
    expect(await second.get('marked')).toEqual({ ...negative, invalidated: true })
    expect(second.stats()).toMatchObject({ hits: 2, rejected: 0 })
  })

  it('does not serve what expired while it was closed', async () => {
    const clock = fakeClock()
    const first = await tempTier({ clock })
    await first.set('key', createEntry('value', { ttl: '1m' }, { clock }))
    await first.close()
    await clock.advance('1m')
    const second = await tempTier({ directory: first.directory, clock })
    expect(await second.get('key')).toBeUndefined()
  })

  it('remembers the order of use', async () => {
    const clock = fakeClock()
    const first = await tempTier({ maxBytes: '64kb', clock })
    for (const key of keys.slice(0, 16)) {
      await first.set(key, createEntry(key, { ttl: '1h' }, { clock }))
      await clock.advance(1)
    }
    await first.get('key 0')
    await first.close()
    const second = await tempTier({ directory: first.directory, maxBytes: '64kb', clock })
    await second.set('one more', createEntry(1, { ttl: '1h' }, { clock }))
    expect(await valuesOf(second, ['key 0', 'key 1', 'key 15'])).toEqual(['key 0', undefined, 'key 15'])
  })

  it('keeps to a smaller bound at once', async () => {
    const first = await tempTier()
    await first.setMany(new Map(keys.slice(0, 100).map(key => [key, entry(key)])))
    await first.close()
    const second = await tempTier({ directory: first.directory, maxBytes: '64kb' })
    await second.get('absent')
    expect(second.stats().bytes).toBeLessThanOrEqual(65_536)
    expect((await filesIn(first.directory)).length).toBeLessThanOrEqual(16)
  })

  it('removes files it has no row of, and drops rows whose files are gone or changed', async () => {
    const directory = await usedDirectory()
    const orphan = fileOf(directory, 'orphan')
    await mkdir(dirname(orphan), { recursive: true })
    await writeFile(orphan, await readFile(fileOf(directory, 'a')))
    await mkdir(join(directory, 'aside-1'))
    await writeFile(join(directory, 'aside-1', '17'), 'left by a kill')
    await rm(fileOf(directory, 'b'))
    await truncate(fileOf(directory, 'c'), 5)

    const tier = await tempTier({ directory })
    expect(await valuesOf(tier, ['orphan', 'a'])).toEqual([undefined, 'a'])
    await until('the sweep', () => tier.stats().bytes === 4096)
    expect(await filesIn(directory)).toEqual([fileOf(directory, 'a')])
    expect(await valuesOf(tier, ['a', 'b', 'c'])).toEqual(['a', undefined, undefined])
  })

  it.each([
    ['is garbage', (path: string) => writeFile(path, 'x'.repeat(20_000))],
    ['was cut short', (path: string) => truncate(path, 3000)],
    ['is empty', (path: string) => truncate(path, 0)],
    ['is gone', (path: string) => rm(path)],
    ['has the version of another release', (path: string) => patch(path, 63, 99)],
    ['has a damaged page', (path: string) => patch(path, 4096, 0xff)],
  ])('starts empty and works when its index %s', async (_, damage) => {
    const directory = await usedDirectory()
    await damage(join(directory, 'index.sqlite'))
    const tier = await tempTier({ directory })
    expect(await valuesOf(tier, ['a', 'b', 'c'])).toEqual([undefined, undefined, undefined])
    await until('the sweep', async () => (await filesIn(directory)).length === 0)
    await tier.set('a', entry('new'))
    await tier.close()
    expect(await valuesOf(await tempTier({ directory }), ['a'])).toEqual(['new'])
  })

  it('after its owner was killed while writing is whole, within its bound, and free', async () => {
    const directory = await tempDirectory()
    for (const lines of [1, 4, 30]) {
      const child = await startChild('write', directory)
      await child.said(lines)
      await child.kill()

      const tier = await tempTier({ directory })
      const found = await tier.getMany(keys)
      for (const [key, { value }] of found) expect(String(value).replaceAll(`${key}:`, '')).toBe('')
      await until('the sweep', async () => (await spaceIn(directory)) === tier.stats().bytes)
      expect(tier.stats().bytes).toBeLessThanOrEqual(2 ** 20)
      await tier.close()
    }
  })
})

async function patch(path: string, offset: number, byte: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[offset] = byte
  await writeFile(path, bytes)
}
