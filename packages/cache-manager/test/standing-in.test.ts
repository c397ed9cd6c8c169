/** What may stand in for a load, for callers who were waiting while its key was deleted, named or set. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { fakeClock } from '@greenlang/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createCache } from '../src/index.ts'
import { deferred, turns } from './support/deferred.ts'
import { mapTier } from './support/map-tier.ts'
import { moodyTier } from './support/moody-tier.ts'

const never = () => new Promise<never>(() => undefined)

async function withOld() {
  const clock = fakeClock()
  const cache = createCache({ tiers: [mapTier({ clock })], clock, defaults: { ttl: '1s', grace: '1h' } })
  await cache.set('key', 'old', { tags: ['tag'] })
  await clock.advance('2s')
  return { cache, clock }
}

const changes = {
  'is deleted': cache => cache.delete('key'),
  'is deleted by tag': cache => cache.invalidate({ tags: ['tag'] }, { mode: 'delete' }),
  'is cleared': cache => cache.clear(),
} satisfies Record<string, (cache: ReturnType<typeof createCache>) => Promise<unknown>>

describe('a value that stands in', () => {
  it.each(Object.entries(changes))('is none for those who wait while it %s', async (_, change) => {
    const { cache, clock } = await withOld()
    await using _closed = cache
    const hard = cache.getOrSet('key', never, { timeouts: { hard: 100 } }).catch(error => error.code)
    const soft = cache
      .getOrSet('key', never, { timeouts: { soft: 60, hard: 200 } })
      .catch(error => error.code)
    await turns()
    await change(cache)
    for (let step = 0; step < 5; step += 1) {
      await clock.advance(50)
      await turns()
    }
    expect(await Promise.all([hard, soft])).toEqual(['LOAD_TIMEOUT', 'LOAD_TIMEOUT'])
  })

  it('gives way to what was set meanwhile', async () => {
    const { cache, clock } = await withOld()
    await using _closed = cache
    const caller = cache.getOrSetDetailed('key', never, { timeouts: { hard: 100 } })
    const held = deferred<string>()
    const failing = cache.getOrSet('other', () => held.promise)
    await turns()
    await cache.set('key', 'set')
    await cache.set('other', 'set')
    held.reject(new Error('the source is down'))
    await clock.advance(100)
    await turns()
    expect(await caller).toMatchObject({ value: 'set', state: 'fresh' })
    expect(await failing).toBe('set')
  })

  it('is not taken for a slow load where its key was invalidated meanwhile, only for one that fails', async () => {
    const { cache, clock } = await withOld()
    await using _closed = cache
    const held = deferred<string>()
    const caller = cache.getOrSetDetailed('key', () => held.promise, { timeouts: { soft: 60, hard: 200 } })
    await turns()
    await cache.invalidate({ keys: ['key'] })
    await clock.advance(100)
    await turns()
    held.reject(new Error('the source is down'))
    expect(await caller).toMatchObject({ value: 'old', state: 'stale', why: 'failed' })
  })
})

describe('limits', () => {
  const open = () => {
    const clock = fakeClock()
    const disk = moodyTier({ clock, mood: 'up' })
    const memory = mapTier({ clock, name: 'memory' })
    const cache = createCache({
      tiers: [memory, disk],
      clock,
      guard: false,
      defaults: { ttl: '1s', grace: '1h' },
    })
    return { cache, clock, disk }
  }
  const opened: Awaited<ReturnType<typeof open>>[] = []
  afterEach(async () => {
    for (const { cache, disk } of opened.splice(0)) {
      disk.mood = 'up'
      await cache.close()
    }
  })

  it('hold while a second private tier is asked', async () => {
    const parts = open()
    opened.push(parts)
    const { cache, clock, disk } = parts
    await cache.set('key', 'old')
    await clock.advance('2s')
    disk.mood = 'hanging'
    expect(await cache.getOrSet('key', never, { timeouts: { soft: 0 } })).toBe('old')
    const late = cache.getOrSet('cold', never, { timeouts: { hard: 50 } }).catch(error => error.code)
    const leaving = new AbortController()
    const left = cache.getOrSet('cold', never, { signal: leaving.signal }).catch(error => error.message)
    await turns()
    leaving.abort(new Error('gone'))
    await clock.advance(50)
    await turns()
    expect(await Promise.all([late, left])).toEqual(['LOAD_TIMEOUT', 'gone'])
  })

  it('leave nothing on a signal that many calls share, and no warning of a leak', async () => {
    // Jest does not hear the warnings of the process.
    const child = fileURLToPath(new URL('./warnings.child.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--conditions=greenlang-source',
      '--import',
      'tsx',
      child,
    ])
    expect(JSON.parse(stdout)).toEqual({ warnings: [], left: 0 })
  }, 60_000)
})
