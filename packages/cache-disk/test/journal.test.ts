import { createEntry, type Entry, type Stamp } from '@greenlang/core'
import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { type DiskOptions, diskTier } from '../src/index.ts'
import { afterwards, tempDirectory } from './disk-context.ts'

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const stamp = (sequence: number, history = 'h'): Stamp => ({ history, sequence })

function open(directory: string, options: Partial<DiskOptions> = {}) {
  const tier = diskTier<string>({ directory, maxBytes: '64mb', ...options })
  afterwards(async () => tier.close())
  return tier
}

/** As an engine stores it: with the moment up to which nothing is missing from it. */
function checked(value: string, checkedAt: number): Entry<string> {
  return { ...createEntry(value, { ttl: '1h' }), checkedAt }
}

/** After whatever happens in a test. */
const later = 8e15
const large = (value: string) => value.repeat(100_000)

describe('the journal', () => {
  it('is nowhere at first, and over a restart', async () => {
    const directory = await tempDirectory()
    const first = open(directory)
    await first.set('key', checked('value', 7))
    expect(await first.journal.read()).toBeUndefined()
    await first.close()
    expect(await open(directory).journal.read()).toBeUndefined()
  })

  it('remembers the last stamp, and what it took away with it', async () => {
    const directory = await tempDirectory()
    const first = open(directory)
    for (const key of ['kept', 'gone', 'stale']) await first.set(key, checked(key, 7))
    await first.journal.mark(stamp(1))
    await first.journal.mark(stamp(2), { mode: 'delete', keys: ['gone', 'never there'] })
    await first.journal.mark(stamp(3), { mode: 'invalidate', keys: ['stale', 'never there'] })
    expect(await first.journal.read()).toEqual(stamp(3))
    expect(await first.get('gone')).toBeUndefined()
    expect(await first.get('stale')).toMatchObject({ value: 'stale', invalidated: true, checkedAt: 7 })
    expect(await first.get('kept')).toMatchObject({ value: 'kept', invalidated: false, checkedAt: 7 })
    await first.close()

    const second = open(directory)
    expect(await second.journal.read()).toEqual(stamp(3))
    expect(await second.get('gone')).toBeUndefined()
    expect(await second.get('stale')).toMatchObject({ value: 'stale', invalidated: true, checkedAt: 0 })
    expect(await second.get('kept')).toMatchObject({ value: 'kept', invalidated: false, checkedAt: 0 })
    await second.set('own', checked('own', 9))
    expect((await second.get('own'))?.checkedAt).toBe(9)
  })

  it('is asked as the first call of all', async () => {
    const directory = await tempDirectory()
    const first = open(directory)
    await first.journal.mark(stamp(1))
    await first.close()
    const second = open(directory)
    await second.journal.mark(stamp(2))
    await second.close()
    const third = open(directory)
    await third.journal.distrust()
    await third.close()
    expect(await open(directory).journal.read()).toBeUndefined()
  })

  it('takes the stamp of another history, whatever its number', async () => {
    const directory = await tempDirectory()
    const first = open(directory)
    await first.journal.mark(stamp(9))
    await first.journal.mark(stamp(1, 'another'))
    await first.close()
    expect(await open(directory).journal.read()).toEqual(stamp(1, 'another'))
  })

  it('vouches for nothing that was stored before it was distrusted, and says so over restarts', async () => {
    const directory = await tempDirectory()
    const first = open(directory)
    await first.set('before', checked('before', 7))
    await first.journal.mark(stamp(3))
    await first.journal.distrust()
    await first.set('after', checked('after', later))
    expect(await first.journal.read()).toBeUndefined()
    expect(await first.get('before')).toMatchObject({ value: 'before' })
    expect(await first.get('before')).not.toHaveProperty('checkedAt')
    expect((await first.get('after'))?.checkedAt).toBe(later)
    await first.close()

    const second = open(directory)
    expect(await second.journal.read()).toBeUndefined()
    // Frames may have been missed between the two lives: a mark of now says nothing of those.
    await second.journal.mark(stamp(5))
    await second.set('last', checked('last', 9))
    for (const key of ['before', 'after']) expect(await second.get(key)).not.toHaveProperty('checkedAt')
    await second.close()

    const third = open(directory)
    expect(await third.journal.read()).toEqual(stamp(5))
    for (const key of ['before', 'after']) {
      expect(await third.get(key)).toMatchObject({ value: key })
      expect(await third.get(key)).not.toHaveProperty('checkedAt')
    }
    expect((await third.get('last'))?.checkedAt).toBe(0)
  })

  it('does not vouch for an entry that was on its way when it was distrusted', async () => {
    const directory = await tempDirectory()
    const first = open(directory)
    await first.journal.mark(stamp(1))
    const setting = first.set('key', checked(large('value'), 7))
    const distrusting = first.journal.distrust()
    await Promise.all([setting, distrusting])
    expect(await first.get('key')).not.toHaveProperty('checkedAt')
    await first.journal.mark(stamp(2))
    await first.close()
    expect(await open(directory).get('key')).not.toHaveProperty('checkedAt')
  })

  it('takes distrust and marks in the order they were told', async () => {
    const directory = await tempDirectory()
    const first = open(directory)
    await first.set('key', checked('value', 7))
    await Promise.all([first.journal.mark(stamp(1)), first.journal.distrust()])
    expect(await first.journal.read()).toBeUndefined()
    await Promise.all([first.journal.mark(stamp(2)), first.journal.distrust(), first.journal.mark(stamp(3))])
    expect(await first.journal.read()).toEqual(stamp(3))
    await Promise.all([first.journal.distrust(), first.journal.mark(stamp(4)), first.journal.distrust()])
    await first.close()
    const second = open(directory)
    expect(await second.journal.read()).toBeUndefined()
    expect(await second.get('key')).not.toHaveProperty('checkedAt')
  })

  it('removes what is still on its way, and not what comes later', async () => {
    const directory = await tempDirectory()
    const first = open(directory)
    const calls = [
      first.set('overtaken', checked(large('old'), 7)),
      first.set('replaced', checked(large('old'), 7)),
      first.set('marked', checked(large('old'), 7)),
      first.journal.mark(stamp(1), { mode: 'delete', keys: ['overtaken', 'replaced'] }),
      first.journal.mark(stamp(2), { mode: 'invalidate', keys: ['marked'] }),
      first.set('replaced', checked('new', 8)),
    ]
    expect(await first.get('overtaken')).toBeUndefined()
    expect((await first.get('replaced'))?.value ?? 'new').toBe('new')
    await Promise.all(calls)
    const check = async (tier: typeof first) => {
      expect(await tier.journal.read()).toEqual(stamp(2))
      expect(await tier.get('overtaken')).toBeUndefined()
      expect((await tier.get('replaced'))?.value).toBe('new')
      expect((await tier.get('marked'))?.invalidated).toBe(true)
    }
    await check(first)
    await check(await reopened(first, directory))
  })

  it('removes thousands of keys at once', async () => {
    const directory = await tempDirectory()
    const first = open(directory)
    const keys = Array.from({ length: 5_000 }, (_, index) => `key ${index}`)
    for (let at = 0; at < keys.length; at += 500)
      await first.setMany(new Map(keys.slice(at, at + 500).map(key => [key, checked('value', 7)])))
    await first.journal.mark(stamp(1), { mode: 'delete', keys: keys.slice(100) })
    expect(first.stats().entries).toBe(100)
    const second = await reopened(first, directory)
    expect((await second.getMany(keys)).size).toBe(100)
    expect(second.stats()).toMatchObject({ entries: 100, rejected: 0 })
  })

  it('outlives a clear', async () => {
    const directory = await tempDirectory()
    const first = open(directory)
    await first.set('key', checked('value', 7))
    await first.journal.mark(stamp(3))
    await first.clear()
    const second = await reopened(first, directory)
    expect(await second.journal.read()).toEqual(stamp(3))
    expect(await second.get('key')).toBeUndefined()
  })

  it('rejects when the tier is closed', async () => {
    const tier = open(await tempDirectory())
    await tier.journal.mark(stamp(1))
    await tier.close()
    const closed = { code: 'CLOSED' }
    await expect((async () => tier.journal.read())()).rejects.toMatchObject(closed)
    await expect((async () => tier.journal.mark(stamp(2)))()).rejects.toMatchObject(closed)
    await expect((async () => tier.journal.distrust())()).rejects.toMatchObject(closed)
  })

  it(`keeps the order of calls that nobody waits for (SEED=${seed})`, async () => {
    const random = seededRandom(seed)
    const pick = (count: number) => Math.floor(random() * count)
    const directory = await tempDirectory()
    const keys = Array.from({ length: 8 }, (_, index) => `key ${index}`)
    let sequence = 0
    for (let life = 0; life < 6; life += 1) {
      const tier = open(directory, { durability: life % 2 === 0 ? 'none' : 'data' })
      const model = new Map<string, { value: string; invalidated: boolean }>()
      const calls: PromiseLike<void>[] = []
      const began = sequence
      await tier.deleteMany(keys)
      for (let call = 0; call < 150; call += 1) {
        const key = `key ${pick(keys.length)}`
        const held = model.get(key)
        const mode = random() < 0.5 ? 'delete' : 'invalidate'
        if (random() < 0.5) {
          const value = random() < 0.3 ? large(`${call} `) : `${call}`
          calls.push(Promise.resolve(tier.set(key, checked(value, 7))))
          model.set(key, { value, invalidated: false })
        } else {
          sequence += 1
          calls.push(Promise.resolve(tier.journal.mark(stamp(sequence), { mode, keys: [key] })))
          if (mode === 'delete') model.delete(key)
          else if (held) model.set(key, { ...held, invalidated: true })
        }
        if (random() < 0.1) await calls.at(-1)
      }
      await Promise.all(calls)
      expect(sequence).toBeGreaterThan(began)
      expect(await tier.journal.read()).toEqual(stamp(sequence))
      const next = await reopened(tier, directory)
      expect(await next.journal.read()).toEqual(stamp(sequence))
      for (const key of keys) {
        const { value, invalidated } = (await next.get(key)) ?? {}
        expect({ key, value: value?.slice(0, 20), invalidated }).toEqual({
          key,
          value: model.get(key)?.value.slice(0, 20),
          invalidated: model.get(key)?.invalidated,
        })
      }
      await next.close()
    }
  })
})

async function reopened(tier: ReturnType<typeof open>, directory: string) {
  await tier.close()
  return open(directory)
}
