/** Law 1: never late. What is marked or deleted stays so. */
import type { Entry } from '@greenlang/core'
import type { Cases } from './runner.ts'
import { entryOf, readValue, type TierContext } from './tier-context.ts'

export const lifeCases: Cases<TierContext> = {
  async 'returns a stale entry until it expires, and never from then on'(context) {
    const { tier, clock, expect } = context
    const entry = entryOf(context, 'value', { ttl: 100, grace: 50 })
    await tier.set('key', entry)
    for (const [by, alive] of [
      [99.5, true],
      [0.5, true],
      [49.5, true],
      [0.5, false],
      [1, false],
    ] as const) {
      await clock.advance(by)
      const found = { get: await tier.get('key'), getMany: (await tier.getMany(['key'])).get('key') }
      const expected = alive ? entry : undefined
      expect({ at: clock.now() - entry.createdAt, ...found }).toEqual({
        at: clock.now() - entry.createdAt,
        get: expected,
        getMany: expected,
      })
    }
  },

  async 'leaves the key absent after setting an entry already expired'(context) {
    const { tier, clock, expect } = context
    const dead = entryOf(context, 'dead', { ttl: 10 })
    await tier.set('one', entryOf(context, 'old'))
    await tier.set('many', entryOf(context, 'old'))
    await clock.advance(10)
    await tier.set('one', dead)
    await tier.setMany(new Map([['many', dead]]))
    expect([await readValue(context, 'one'), await readValue(context, 'many')]).toEqual([
      undefined,
      undefined,
    ])
  },

  async 'does not lengthen a life by copying the entry'(context) {
    const { tier, clock, expect } = context
    const entry = entryOf(context, 'value', { ttl: 100 })
    await tier.set('original', entry)
    await clock.advance(60)
    const found = await tier.get('original')
    if (found !== undefined) await tier.set('copy', found)
    expect((await tier.get('copy'))?.expiresAt).toBe(entry.expiresAt)
    await clock.advance(40)
    expect(await readValue(context, 'copy')).toBe(undefined)
  },

  async 'does not lengthen a life by reading'(context) {
    const { tier, clock, expect } = context
    await tier.set('key', entryOf(context, 'value', { ttl: 100 }))
    for (let read = 0; read < 4; read += 1) {
      await clock.advance(24)
      expect(await readValue(context, 'key')).toBe('value')
    }
    await clock.advance(4)
    expect(await readValue(context, 'key')).toBe(undefined)
  },

  async 'keeps an entry that never expires'(context) {
    const { tier, clock, expect } = context
    await tier.set('key', entryOf(context, 'value', { ttl: Number.POSITIVE_INFINITY }))
    await clock.advance('1s')
    const found: Entry | undefined = await tier.get('key')
    expect({ value: found?.value, later: (found?.expiresAt ?? 0) > clock.now() }).toEqual({
      value: 'value',
      later: true,
    })
  },

  async 'marks entries stale on invalidateMany, readable until they expire'(context) {
    const { tier, clock, expect } = context
    const entry = entryOf(context, 'value', { ttl: 100, grace: 50, tags: ['t'] })
    await tier.setMany(
      new Map([
        ['a', entry],
        ['b', entry],
        ['spared', entry],
      ]),
    )
    await tier.invalidateMany(['a', 'absent', 'b'])
    const marked = { ...entry, invalidated: true }
    expect([await tier.get('a'), await tier.get('b')]).toEqual([marked, marked])
    expect(await tier.get('spared')).toEqual(entry)
    await clock.advance(149.5)
    expect(await tier.get('a')).toEqual(marked)
    await clock.advance(0.5)
    expect(await tier.get('a')).toBe(undefined)
  },

  async 'creates nothing by invalidating an absent key'(context) {
    await context.tier.invalidateMany(['absent'])
    context.expect(await context.tier.get('absent')).toBe(undefined)
  },

  async 'clears the mark of an invalidation by a later set'(context) {
    const entry = entryOf(context, 'value')
    await context.tier.set('key', entry)
    await context.tier.invalidateMany(['key'])
    await context.tier.set('key', entry)
    context.expect(await context.tier.get('key')).toEqual(entry)
  },
}
