import type { Invalidation, InvalidationBus } from '@greenlang/core'
import { createEngine, type Load } from '@greenlang/core/coherence'
import { type FakeClock, fakeClock, seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { diskTier } from '../src/index.ts'
import { afterwards, tempDirectory } from './disk-context.ts'
import { type BusRecord, busRecord } from './journal-record.ts'

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

interface Context {
  readonly clock: FakeClock
  readonly record: BusRecord
  /** The bus of a process that goes on all the time. */
  readonly outside: InvalidationBus
  readonly directory: string
  /** What is true: rises with every change of a row. */
  readonly rows: Map<string, number>
}

async function context(maxStream?: number): Promise<Context> {
  const clock = fakeClock()
  const record = busRecord(clock, maxStream)
  const outside = record.connect()
  afterwards(() => outside.close())
  await trusted(outside, clock)
  return { clock, record, outside, directory: await tempDirectory(), rows: new Map() }
}

/** One life of a process that has a disk and nothing else. */
async function live({ clock, record, directory, rows }: Context) {
  const tier = diskTier({ directory, maxBytes: '64mb', clock })
  const bus = record.connect()
  const engine = await createEngine({ tiers: [tier], bus, clock })
  const loads: string[] = []
  const loadOf =
    (key: string, tags: readonly string[]): Load =>
    async () => {
      loads.push(key)
      return { value: rows.get(key) ?? 0, options: { ttl: '7d', tags } }
    }
  const end = async () => {
    engine.close()
    await bus.close()
    await tier.close()
  }
  afterwards(end)
  await trusted(bus, clock)
  return {
    loads,
    end,
    tier,
    bus,
    read: (key: string, tags: readonly string[] = []) => engine.getOrSet(key, loadOf(key, tags)),
  }
}

/** Moves time on until the bus vouches for what was heard. */
async function trusted(bus: InvalidationBus, clock: FakeClock): Promise<void> {
  const from = clock.now()
  for (let tries = 0; tries < 100; tries += 1) {
    await clock.advance(250)
    const { trustedSince, known, applied } = bus.sync()
    if (trustedSince > from && known.sequence === applied.sequence) return
  }
  throw new Error('the bus never vouched for anything')
}

/** Another process changes rows, and tells. */
async function change({ outside, rows }: Context, changed: readonly string[], invalidation: Invalidation) {
  for (const key of changed) rows.set(key, (rows.get(key) ?? 0) + 1)
  expect((await outside.publish(invalidation)).propagated).toBe(true)
}

describe('a process that was away', () => {
  it('does not serve what was invalidated meanwhile, and serves the rest without a load', async () => {
    const all = await context()
    const first = await live(all)
    const read = async ({ read }: typeof first) =>
      Promise.all([read('kept'), read('deleted'), read('marked'), read('tagged', ['t']), read('p:1')])
    await read(first)
    await change(all, ['early'], { mode: 'delete', keys: ['early'] })
    expect(await first.tier.journal.read()).toBeDefined()
    await first.end()

    await change(all, ['deleted'], { mode: 'delete', keys: ['deleted', 'absent'] })
    await change(all, ['marked'], { mode: 'invalidate', keys: ['marked'] })
    await change(all, ['tagged'], { mode: 'delete', tags: ['t'] })
    await change(all, ['p:1'], { mode: 'invalidate', pattern: 'p:*' })

    const second = await live(all)
    const answers = await read(second)
    expect(answers.map(({ source, entry }) => [source, entry?.value])).toEqual([
      ['disk', 0],
      ['load', 1],
      ['load', 1],
      ['load', 1],
      ['load', 1],
    ])
    expect(second.loads).toEqual(['deleted', 'marked', 'tagged', 'p:1'])
    await second.end()

    const third = await live(all)
    expect((await read(third)).map(({ source }) => source)).toEqual(new Array(5).fill('disk'))
    expect(third.loads).toEqual([])
  })

  it('does not serve what it heard of and had not yet said to the next life', async () => {
    const all = await context()
    const first = await live(all)
    await first.read('key')
    await change(all, ['key'], { mode: 'delete', keys: ['key'] })
    await first.end()
    const second = await live(all)
    expect((await second.read('key')).entry?.value).toBe(1)
    expect(second.loads).toEqual(['key'])
  })

  it.each([
    ['more was missed than the record remembers', 3, () => undefined],
    ['the record was lost', 1_000, ({ record }: Context) => record.forget()],
  ])('trusts nothing of before when %s', async (_, maxStream, befall) => {
    const all = await context(maxStream)
    const first = await live(all)
    for (const key of ['a', 'b', 'c']) await first.read(key)
    await change(all, ['early'], { mode: 'delete', keys: ['early'] })
    await first.end()

    await change(all, ['a'], { mode: 'delete', keys: ['a'] })
    for (let index = 0; index < 5; index += 1)
      await change(all, ['x'], { mode: 'delete', keys: [`x ${index}`] })
    befall(all)

    const second = await live(all)
    expect((await second.read('a')).entry?.value).toBe(1)
    for (const key of ['b', 'c']) await second.read(key)
    expect(second.loads).toEqual(['a', 'b', 'c'])
    await change(all, ['early'], { mode: 'delete', keys: ['early'] })
    await second.end()

    const third = await live(all)
    for (const key of ['a', 'b', 'c']) expect((await third.read(key)).source).toBe('disk')
  })

  it(`is right about every key over many lives (SEED=${seed})`, async () => {
    const all = await context()
    const random = seededRandom(seed)
    const pick = (count: number) => Math.floor(random() * count)
    const keys = Array.from({ length: 60 }, (_, index) => `${'pqr'[index % 3]}:${index}`)
    const tagOf = (key: string) => `tag ${key.length}${key.at(-1)}`
    /** Keys whose value on the disk is right. */
    const stored = new Set<string>()
    const changeSome = async () => {
      const kind = random()
      const mode = random() < 0.5 ? 'delete' : 'invalidate'
      const some = Array.from({ length: 1 + pick(3) }, () => keys[pick(keys.length)] as string)
      const tag = tagOf(some[0] as string)
      const prefix = 'pqr'[pick(3)] as string
      const named =
        kind < 0.7
          ? { target: { keys: some }, is: (key: string) => some.includes(key) }
          : kind < 0.9
            ? { target: { tags: [tag] }, is: (key: string) => tagOf(key) === tag }
            : kind < 0.98
              ? { target: { pattern: `${prefix}:*` }, is: (key: string) => key.startsWith(prefix) }
              : { target: { all: true as const }, is: () => true }
      const hit = keys.filter(named.is)
      for (const key of hit) stored.delete(key)
      await change(all, hit, { mode, ...named.target })
    }
    for (let life = 0; life < 8; life += 1) {
      const process = await live(all)
      const found: string[] = []
      for (const key of keys) {
        const { entry, source } = await process.read(key, [tagOf(key)])
        expect({ life, key, value: entry?.value }).toEqual({ life, key, value: all.rows.get(key) ?? 0 })
        if (source === 'disk') found.push(key)
      }
      expect({ life, found }).toEqual({ life, found: keys.filter(key => stored.has(key)) })
      for (const key of keys) stored.add(key)
      for (let changes = 1 + pick(6); changes > 0; changes -= 1) {
        await changeSome()
        const key = keys[pick(keys.length)] as string
        const { entry } = await process.read(key, [tagOf(key)])
        expect(entry?.value).toBe(all.rows.get(key) ?? 0)
        stored.add(key)
      }
      await process.end()
      for (let changes = pick(8); changes > 0; changes -= 1) await changeSome()
    }
  })
})
