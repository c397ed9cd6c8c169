/** Row D6: files of values that somebody changed. Whatever was done to one, it is a miss, counted once, and removed. */
import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createEntry } from '@greenlang/core'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import type { DiskOptions } from '../src/index.ts'
import { tempDirectory, until, valueFiles, watchedTier } from './faults/support.ts'

const key = 'user:7'
const value = 'Ada, born in 1815, wrote the first program. '.repeat(4)
const entry = createEntry(value, { ttl: '1h', tags: ['user:7'] })

const seal = { mode: 'encrypt', keys: [{ id: 'k', secret: 'k'.repeat(32) }] } as const
const forms: [name: string, options: Partial<DiskOptions>][] = [
  ['plain', {}],
  ['compressed', { compression: 'gzip', compressAbove: 0 }],
  ['sealed', { seal }],
]
const integrities = ['sha256', 'crc32'] as const
const variants = forms.flatMap(([name, options]) =>
  integrities.map(integrity => ({ name, integrity, options: { ...options, integrity } })),
)

async function open(options: Partial<DiskOptions> = {}) {
  const directory = options.directory ?? (await tempDirectory())
  const { tier } = watchedTier({ maxBytes: '16mb', ...options, directory })
  /** Stores it and resolves with the path of its file, the only one there is. */
  const store = async (one = entry) => {
    await tier.set(key, one)
    await until('one file', async () => (await valueFiles(directory)).length === 1)
    const [path = ''] = await valueFiles(directory)
    return path
  }
  return { directory, tier, store }
}

type Open = Awaited<ReturnType<typeof open>>

/** Each of `damages`, to an entry of its own, is a miss that counts once; nothing is left behind. */
async function expectMisses({ tier, store, directory }: Open, damages: readonly Damage[]) {
  const keys = damages.map((_, index) => keyOf(index))
  await tier.setMany(new Map(keys.map(one => [one, entry])))
  const paths = new Map((await valueFiles(directory)).map(path => [nameIn(path), path]))
  const hits: string[] = []
  for (const [index, one] of keys.entries()) {
    const path = paths.get(createHash('sha256').update(one).digest('hex')) ?? ''
    await writeFile(path, damages[index]?.(await readFile(path)) ?? '')
    if (await tier.get(one)) hits.push(one)
    const { rejected, entries } = tier.stats()
    if (rejected !== index + 1 || entries !== keys.length - index - 1)
      throw new Error(`damage ${index}: ${rejected} rejected, ${entries} entries`)
  }
  expect(hits).toEqual([])
  expect(tier.stats()).toMatchObject({ misses: damages.length, hits: 0, failures: 0 })
  await until('the removals', async () => (await valueFiles(directory)).length === 0)
  await until('the account', () => tier.stats().bytes === 0)
  await store()
  expect(await tier.get(key)).toMatchObject({ value, tags: ['user:7'] })
}

type Damage = (whole: Buffer) => Uint8Array

/** As long as `key`. */
const keyOf = (index: number) => String(index).padStart(key.length, '0')

/** The SHA-256 of the key whose file it is. */
const nameIn = (path: string) => path.split('/').slice(-3).join('').replace(/\..*$/, '')

const flipped = (at: number) => (whole: Buffer) => {
  whole[at] = (whole[at] ?? 0) ^ (at % 2 === 0 ? 0xff : 0x10)
  return whole
}

async function lengthOf({ tier, store }: Open): Promise<number> {
  const { length } = await readFile(await store())
  await tier.deleteMany([key])
  return length
}

describe.each(variants)('$name, $integrity: a file', ({ options }) => {
  it('of which any one byte was changed', async () => {
    const opened = await open(options)
    const length = await lengthOf(opened)
    await expectMisses(
      opened,
      Array.from({ length }, (_, at) => flipped(at)),
    )
  })

  it('that was cut at any length, or is longer', async () => {
    const opened = await open(options)
    const length = await lengthOf(opened)
    const cuts = Array.from({ length }, (_, at) => (whole: Buffer) => whole.subarray(0, at))
    const longer = [Buffer.alloc(1), Buffer.alloc(4096), Buffer.from(value)]
    await expectMisses(opened, [
      ...cuts,
      ...longer.map(more => (whole: Buffer) => Buffer.concat([whole, more])),
    ])
  })
})

describe.each(integrities)('%s: a large file, read asynchronously', integrity => {
  it('that was changed or cut anywhere', async () => {
    const { tier, store } = await open({ integrity })
    const large = createEntry(value.repeat(2000), { ttl: '1h' })
    for (let index = 1; index <= 30; index += 1) {
      const path = await store(large)
      const whole = await readFile(path)
      const at = Math.floor((whole.length * index) / 31)
      await writeFile(path, index % 3 === 0 ? whole.subarray(0, at) : flipped(at)(whole))
      expect(await tier.get(key)).toBeUndefined()
      expect(tier.stats()).toMatchObject({ rejected: index, entries: 0 })
    }
  })
})

const sparse = 10 * 2 ** 30
const damages: [name: string, damage: (path: string) => Promise<unknown>][] = [
  ['empty', path => truncate(path, 0)],
  ['far longer', path => truncate(path, sparse)],
  ['gone', path => rm(path)],
  ['gone with its directories', path => rm(dirname(dirname(path)), { recursive: true })],
  ['a directory', path => rm(path).then(() => mkdir(path))],
  ['a directory that is not empty', path => rm(path).then(() => mkdir(`${path}/below`, { recursive: true }))],
  ['in a directory that became a file', becomeFile],
  ['a link to itself, moved', path => rename(path, `${path}m`).then(() => symlink(`${path}m`, path))],
  ['a link to nothing', path => rm(path).then(() => symlink(`${path}m`, path))],
]

async function becomeFile(path: string): Promise<void> {
  await rm(dirname(path), { recursive: true })
  await writeFile(dirname(path), 'not a directory')
}

describe('a file that is', () => {
  it.each(damages)('%s is a miss that counts once, and its key can be set again', async (name, damage) => {
    const { tier, store } = await open()
    await damage(await store())
    expect(await tier.get(key)).toBeUndefined()
    expect(tier.stats()).toMatchObject({ misses: 1, hits: 0, rejected: 1, failures: 0, entries: 0 })
    expect(await tier.get(key)).toBeUndefined()
    expect(tier.stats()).toMatchObject({ misses: 2, rejected: 1 })
    // What cannot be removed, a directory, keeps its space.
    const space = name.startsWith('a directory') ? 4096 : 0
    await until('the account', () => tier.stats().bytes === space)
    await tier.set(key, entry)
    expect((await tier.get(key))?.value).toBe(value)
  })

  it.each(damages)('%s when the next life begins is a miss then', async (_, damage) => {
    const { directory, tier, store } = await open({ durability: 'data' })
    const path = await store()
    await tier.close()
    await damage(path)
    const next = await open({ directory })
    expect(await next.tier.get(key)).toBeUndefined()
    await next.tier.reconciled()
    expect(next.tier.stats()).toMatchObject({ hits: 0, entries: 0 })
    await next.tier.set(key, entry)
    expect((await next.tier.get(key))?.value).toBe(value)
  })
})

describe('a file that belongs elsewhere', () => {
  it.each(variants)('$name, $integrity: another key’s is not served', async ({ options }) => {
    const { directory, tier } = await open(options)
    await tier.set('mine', createEntry('the same', { ttl: '1h' }))
    await tier.set('othr', createEntry('the same', { ttl: '1h' }))
    const [one = '', two = ''] = await valueFiles(directory)
    await rename(one, `${one}.moved`)
    await rename(two, one)
    await rename(`${one}.moved`, two)
    expect((await tier.getMany(['mine', 'othr'])).size).toBe(0)
    expect(tier.stats()).toMatchObject({ rejected: 2, entries: 0 })
  })

  it.each(variants)('$name, $integrity: nor is an older one of the same key', async ({ options }) => {
    const { tier, store, directory } = await open(options)
    const dates = { createdAt: entry.createdAt, staleAt: entry.staleAt, expiresAt: entry.expiresAt }
    const old = { ...createEntry('old value', { ttl: '1h' }), ...dates }
    const newer = { ...createEntry('new value', { ttl: '1h' }), ...dates }
    const copy = `${directory}/copy`
    await cp(await store(old), copy)
    await cp(copy, await store(newer))
    expect(await tier.get(key)).toBeUndefined()
    expect(tier.stats()).toMatchObject({ rejected: 1, entries: 0 })
  })

  it('nor one of an earlier life, put back under the name it had', async () => {
    const { directory, tier, store } = await open({ durability: 'data' })
    const old = await store(createEntry('old value', { ttl: '1h' }))
    const copy = `${directory}/copy`
    await cp(old, copy)
    const newer = await store(createEntry('new value', { ttl: '1h' }))
    await tier.close()
    await rm(newer)
    await rename(copy, old)
    const next = await open({ directory })
    expect(await next.tier.get(key)).toBeUndefined()
    await next.tier.reconciled()
    expect(await next.tier.get(key)).toBeUndefined()
    expect(await valueFiles(directory)).toEqual([])
  })

  it('nor is one left behind whose row is being removed as files and index are compared', async () => {
    const { directory, tier, store } = await open({ durability: 'data' })
    const old = await store(createEntry('old value', { ttl: '1h' }))
    const copy = `${directory}/copy`
    await cp(old, copy)
    const newer = await store(createEntry('new value', { ttl: '1h' }))
    await tier.close()
    await rm(newer)
    await rename(copy, old)
    // Its time stands still: what is gathered is not committed for a timer.
    const next = await open({ directory, clock: fakeClock() })
    expect(await next.tier.get(key)).toBeUndefined()
    await next.tier.reconciled()
    expect(await valueFiles(directory)).toEqual([])
  })
})

describe('what the damaged entry was told before', () => {
  it('an invalidation or a delete of a missing file is no error', async () => {
    const { tier, store } = await open()
    await rm(await store())
    await tier.invalidateMany([key])
    expect(await tier.get(key)).toBeUndefined()
    await rm(await store())
    await tier.deleteMany([key])
    expect(tier.stats()).toMatchObject({ entries: 0, failures: 0 })
    await until('the account', () => tier.stats().bytes === 0)
  })

  it('a batch serves the whole ones and drops the damaged', async () => {
    const { directory, tier } = await open()
    const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`)
    for (const one of keys) await tier.set(one, createEntry(one, { ttl: '1h' }))
    const paths = await valueFiles(directory)
    for (const [index, path] of paths.entries())
      if (index % 2 === 0) await writeFile(path, flipped(70)(await readFile(path)))
    const found = await tier.getMany(keys)
    expect([...found].every(([one, { value: served }]) => served === one)).toBe(true)
    expect(found.size).toBe(10)
    expect(tier.stats()).toMatchObject({ rejected: 10, entries: 10 })
  })
})
