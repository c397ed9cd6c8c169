/** Law 1: never late. What is marked or deleted stays so. */
import type { Entry } from '@greenlang/core'
import type { Cases } from './runner.ts'
import { entryOf, forgive, readValue, type TierContext } from './tier-context.ts'

/** A unit of time that is long against what dates may lose, and the moment before an end at which they have lost none. */
function timesOf({ earlyMs }: TierContext) {
  return { unit: Math.max(1, earlyMs), before: earlyMs + 0.5 }
}

export const lifeCases: Cases<TierContext> = {
  async 'returns a stale entry until it expires, and never from then on'(context) {
    const { tier, clock, expect } = context
    const { unit, before } = timesOf(context)
    const entry = entryOf(context, 'value', { ttl: 100 * unit, grace: 50 * unit })
    await tier.set('key', entry)
    for (const [by, alive] of [
      [100 * unit - before, true],
      [before, true],
      [50 * unit - before, true],
      [before, false],
      [1, false],
    ] as const) {
      await clock.advance(by)
      const found = {
        get: forgive(context, await tier.get('key'), entry),
        getMany: forgive(context, (await tier.getMany(['key'])).get('key'), entry),
      }
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
    const { unit } = timesOf(context)
    const entry = entryOf(context, 'value', { ttl: 100 * unit })
    await tier.set('original', entry)
    await clock.advance(60 * unit)
    const found = await tier.get('original')
    if (found !== undefined) await tier.set('copy', found)
    const copy = forgive(context, await tier.get('copy'), found ?? entry)
    expect(copy?.expiresAt).toBe(found?.expiresAt)
    expect((copy?.expiresAt ?? 0) <= entry.expiresAt).toBe(true)
    await clock.advance(40 * unit)
    expect(await readValue(context, 'copy')).toBe(undefined)
  },

  async 'does not lengthen a life by reading'(context) {
    const { tier, clock, expect } = context
    const { unit } = timesOf(context)
    await tier.set('key', entryOf(context, 'value', { ttl: 100 * unit }))
    for (let read = 0; read < 4; read += 1) {
      await clock.advance(24 * unit)
      expect(await readValue(context, 'key')).toBe('value')
    }
    await clock.advance(4 * unit)
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
    const { unit, before } = timesOf(context)
    const entry = entryOf(context, 'value', { ttl: 100 * unit, grace: 50 * unit, tags: ['t'] })
    await tier.setMany(
      new Map([
        ['a', entry],
        ['b', entry],
        ['spared', entry],
      ]),
    )
    await tier.invalidateMany(['a', 'absent', 'b'])
    const marked = { ...entry, invalidated: true }
    const read = async (key: string) => forgive(context, await tier.get(key), entry)
    expect([await read('a'), await read('b')]).toEqual([marked, marked])
    expect(await read('spared')).toEqual(entry)
    await clock.advance(150 * unit - before)
    expect(await read('a')).toEqual(marked)
    await clock.advance(before)
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
    context.expect(forgive(context, await context.tier.get('key'), entry)).toEqual(entry)
  },
}
