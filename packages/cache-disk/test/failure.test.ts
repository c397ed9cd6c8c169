import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createEntry } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { diskTier } from '../src/index.ts'
import { fileOf, filesIn, tempDirectory, tempTier, until } from './disk-context.ts'

const entry = (value: unknown) => createEntry(value, { ttl: '1h' })

describe('a tier that fails', () => {
  it('rejects a value the codec cannot bring back, and keeps no older one', async () => {
    const tier = await tempTier()
    await tier.set('key', entry('old'))
    await expect(
      tier.set(
        'key',
        entry(() => 1),
      ),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED_VALUE' })
    expect(await tier.get('key')).toBeUndefined()
  })

  it('stores what the value was when it was given', async () => {
    const tier = await tempTier()
    const value = { count: 1 }
    const storing = tier.set('key', entry(value))
    value.count = 2
    await storing
    expect((await tier.get('key'))?.value).toEqual({ count: 1 })
  })

  it('says at the first call that the directory cannot be opened, and tries again at the next', async () => {
    const directory = join(await tempDirectory(), 'cache')
    await writeFile(directory, 'a file')
    const tier = await tempTier({ directory })
    const error = { code: 'UNSAFE_DIRECTORY' }
    await expect(tier.get('key')).rejects.toMatchObject(error)
    await expect(tier.deleteMany(['key'])).rejects.toMatchObject(error)
    await rm(directory)
    await tier.set('key', entry(1))
    expect((await tier.get('key'))?.value).toBe(1)
  })

  it('survives that its directory is deleted under it', async () => {
    const tier = await tempTier()
    await tier.set('key', entry('old'))
    await rm(tier.directory, { recursive: true })
    expect(await tier.get('key')).toBeUndefined()
    await Promise.allSettled([
      tier.set('key', entry(1)),
      tier.invalidateMany(['key']),
      tier.deleteMany(['key']),
      tier.clear(),
    ])
    await tier.get('key')
    await tier.close()
  })

  it('ends a call early when its signal aborts, and goes on working', async () => {
    const tier = await tempTier()
    const reason = new Error('the caller left')
    const controller = new AbortController()
    const reading = tier.get('key', controller.signal)
    controller.abort(reason)
    await expect(reading).rejects.toBe(reason)
    await tier.set('key', entry(1))
    expect((await tier.get('key', new AbortController().signal))?.value).toBe(1)
    expect(tier.stats().failures).toBe(0)
  })
})

describe('close', () => {
  it('finishes what was begun, and leaves no file open, no temporary file and no lock', async () => {
    const tier = await tempTier()
    const writing = Promise.all(
      Array.from({ length: 50 }, (_, index) => tier.set(`key ${index}`, entry(index))),
    )
    await until('the opening', () => tier.stats().entries !== undefined)
    await tier.close()
    await writing
    expect(openFilesIn(tier.directory)).toEqual([])
    expect(await filesIn(tier.directory)).toHaveLength(50)
    const next = await tempTier({ directory: tier.directory })
    await next.get('key 49')
    expect(next.stats()).toMatchObject({ entries: 50, hits: 1 })
  })

  it('makes nothing when nothing was asked of the tier', async () => {
    const directory = join(await tempDirectory(), 'cache')
    const tier = diskTier({ directory, maxBytes: '1mb' })
    await tier.close()
    expect(existsSync(directory)).toBe(false)
    expect(() => tier.get('key')).toThrow(expect.objectContaining({ code: 'CLOSED' }))
  })

  it('gives the directory back when the opening fails half-way', async () => {
    const tier = await tempTier()
    await writeFile(join(tier.directory, 'values'), 'in the way')
    await tier.set('key', entry(1))
    await tier.close()
    expect(openFilesIn(tier.directory)).toEqual([])
  })
})

describe('options', () => {
  it.each([
    [{}],
    [{ directory: '' }],
    [{ directory: '/tmp/x', maxBytes: Number.POSITIVE_INFINITY }],
    [{ directory: '/tmp/x', maxBytes: '63kb' }],
    [{ directory: '/tmp/x', maxBytes: '10 gb' }],
    [{ directory: '/tmp/x', maxBytes: '1gb', maxTtl: 0 }],
    [{ directory: '/tmp/x', maxBytes: '1gb', name: '' }],
    [{ directory: '/tmp/x', maxBytes: '1gb', ttl: 5 }],
    [{ directory: '/tmp/x', maxBytes: '1gb', clock: {} }],
    [{ directory: '/tmp/x', maxBytes: '1gb', codec: {} }],
  ])('refuses %j at construction', options => {
    expect(() => diskTier(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })

  it('names no key in a path or an error', async () => {
    const tier = await tempTier()
    await tier.set('secret-key', entry(1))
    expect((await filesIn(tier.directory)).join()).not.toContain('secret-key')
    expect(await filesIn(tier.directory)).toEqual([fileOf(tier.directory, 'secret-key')])
    const error = await Promise.resolve(tier.set('secret-key', entry(Symbol('x')))).catch(failure => failure)
    expect(inspect(error)).not.toContain('secret-key')
  })
})

/** Files below `directory` that this process holds open. Linux only; elsewhere none are seen. */
function openFilesIn(directory: string): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd')
    .map(fd => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`)
      } catch {
        return ''
      }
    })
    .filter(path => path.startsWith(directory))
}
