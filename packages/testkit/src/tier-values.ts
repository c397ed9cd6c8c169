/** What is put in comes out. */
import { contractVersion, createNegativeEntry, type Entry } from '@greenlang/core'
import type { Cases } from './runner.ts'
import { entryOf, forgive, readValue, type TierContext } from './tier-context.ts'

const plainValues: Readonly<Record<string, unknown>> = {
  null: null,
  zero: 0,
  'an empty string': '',
  false: false,
  'an empty array': [],
  'an empty object': {},
  'a fraction': -1234.5678,
  'text of many scripts': 'Zürich 東京 🌱 \u0000 \n',
  'nested plain data': { id: 7, tags: ['a', null], inner: { ok: true, list: [[1], [2, { deep: 'yes' }]] } },
}

const megabyte = 2 ** 20

/** Says that there is nothing, for a minute. */
function negativeOf({ clock }: TierContext): Entry {
  const stamp = { history: 'a history', sequence: 7 }
  return createNegativeEntry({ ttl: '1m', tags: ['user:7'] }, { clock, stamp })
}

/** What `get` and `getMany` say, after `stored` was stored. */
async function bothWays(context: TierContext, key: string, stored: Entry): Promise<(Entry | undefined)[]> {
  const { tier } = context
  const found = [await tier.get(key), (await tier.getMany([key])).get(key)]
  return found.map(entry => forgive(context, entry, stored))
}

export const valueCases: Cases<TierContext> = {
  async 'says who made it and for which contract'({ tier, expect }) {
    const { contract, name, scope, guarded, fills, journal } = tier
    expect({
      package: typeof contract.package === 'string' && contract.package !== '',
      version: contract.version,
      name: typeof name === 'string' && name !== '',
      scope: scope === 'process' || scope === 'shared',
      guarded: typeof guarded,
      fills: fills === undefined || scope === 'shared',
      journal: journal === undefined || scope === 'process',
    }).toEqual({
      package: true,
      version: contractVersion,
      name: true,
      scope: true,
      guarded: 'boolean',
      fills: true,
      journal: true,
    })
  },

  async 'answers undefined for a key that was never set'(context) {
    context.expect(await context.tier.get('absent')).toBe(undefined)
  },

  async 'brings back values as they were, null and false among them'(context) {
    for (const [kind, value] of Object.entries(plainValues)) {
      await context.tier.set(kind, entryOf(context, value))
      context
        .expect({ kind, entry: forgive(context, await context.tier.get(kind), entryOf(context, value)) })
        .toEqual({ kind, entry: entryOf(context, value) })
    }
  },

  async 'brings back dates, tags and stamp exactly'(context) {
    const entry: Entry = {
      ...entryOf(context, 'value', { ttl: '10s', grace: 2500.5, tags: ['user:7', 'a, b', 'ü'] }),
      stamp: { history: 'a history', sequence: 9_007_199_254_740 },
    }
    await context.tier.set('key', entry)
    context.expect(forgive(context, await context.tier.get('key'), entry)).toEqual(entry)
    await context.tier.set('marked', { ...entry, invalidated: true })
    const marked = forgive(context, await context.tier.get('marked'), entry)
    context.expect(marked).toEqual({ ...entry, invalidated: true })
  },

  async 'replaces value, dates, tags and stamp on overwrite'(context) {
    const first = { ...entryOf(context, 'first', { ttl: '10s', tags: ['old'] }), invalidated: true }
    await context.tier.set('key', first)
    await context.clock.advance('1s')
    const second = {
      ...entryOf(context, 'second', { ttl: '5s', tags: ['new'] }),
      stamp: { history: 'h', sequence: 2 },
    }
    await context.tier.set('key', second)
    context.expect(forgive(context, await context.tier.get('key'), second)).toEqual(second)
    await context.clock.advance('5s')
    context.expect(await readValue(context, 'key')).toBe(undefined)
  },

  async 'brings back a negative entry, which has no value, until it expires'(context) {
    const negative = negativeOf(context)
    await context.tier.set('one', negative)
    await context.tier.setMany(new Map([['many', negative]]))
    await context.clock.advance(59_999 - context.earlyMs)
    for (const key of ['one', 'many'])
      context
        .expect({ key, found: await bothWays(context, key, negative) })
        .toEqual({ key, found: [negative, negative] })
    await context.clock.advance(1 + context.earlyMs)
    context.expect(await bothWays(context, 'one', negative)).toEqual([undefined, undefined])
  },

  async 'puts a negative entry in the place of a value, and a value in the place of that'(context) {
    const negative = negativeOf(context)
    const positive = entryOf(context, 'value', { tags: ['user:8'] })
    for (const entry of [positive, negative, positive, { ...negative, invalidated: true }, positive]) {
      await context.tier.set('key', entry)
      context.expect(await bothWays(context, 'key', entry)).toEqual([entry, entry])
    }
  },

  async 'marks a negative entry on invalidateMany or loses it, and makes no value of it'(context) {
    const negative = negativeOf(context)
    await context.tier.set('key', entryOf(context, 'value'))
    await context.tier.set('key', negative)
    await context.tier.invalidateMany(['key'])
    for (const found of await bothWays(context, 'key', negative))
      context.expect(found && { ...found, invalidated: false }).toEqual(found && negative)
    for (const found of await bothWays(context, 'key', negative))
      context.expect(found?.invalidated ?? true).toBe(true)
    await context.tier.set('key', negative)
    context.expect(await bothWays(context, 'key', negative)).toEqual([negative, negative])
  },

  async 'brings back checkedAt as it was, or not at all'(context) {
    const { tier, clock, expect } = context
    const entry = entryOf(context, 'value')
    const checked = { ...entry, checkedAt: clock.now() - 0.5 }
    const later = { ...entry, checkedAt: clock.now() + 0.5 }
    const steps: readonly (readonly [Entry, () => unknown])[] = [
      [checked, () => tier.set('key', checked)],
      [checked, () => clock.advance(5)],
      [later, () => tier.set('key', later)],
      [{ ...later, invalidated: true }, () => tier.invalidateMany(['key'])],
      [checked, () => tier.setMany(new Map([['key', checked]]))],
      [entry, () => tier.set('key', entry)],
    ]
    for (const [step, [expected, act]] of steps.entries()) {
      await act()
      const { checkedAt: _, ...unchecked } = expected
      for (const found of await bothWays(context, 'key', unchecked))
        expect({ step, found }).toEqual({ step, found: found && 'checkedAt' in found ? expected : unchecked })
    }
  },

  /** It is by the clock of the process that stored the entry: to another it is any number. */
  async 'tells nobody else checkedAt, where it is shared'(context) {
    const { tier, clock, expect } = context
    const entry = { ...entryOf(context, 'value'), checkedAt: clock.now() }
    await tier.set('key', entry)
    for (const found of await bothWays(context, 'key', entry))
      expect({ told: tier.scope === 'shared' && found?.checkedAt !== undefined }).toEqual({ told: false })
  },

  async 'keeps a value of one megabyte'(context) {
    const value = 'green'.repeat(megabyte / 5)
    await context.tier.set('large', entryOf(context, value))
    context.expect((await readValue(context, 'large')) === value).toBe(true)
  },
}
