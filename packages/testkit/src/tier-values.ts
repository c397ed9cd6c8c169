/** What is put in comes out. */
import { contractVersion, type Entry } from '@greenlang/core'
import type { Cases } from './runner.ts'
import { entryOf, readValue, type TierContext } from './tier-context.ts'

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

export const valueCases: Cases<TierContext> = {
  async 'says who made it and for which contract'({ tier, expect }) {
    const { contract, name, scope, guarded, fills } = tier
    expect({
      package: typeof contract.package === 'string' && contract.package !== '',
      version: contract.version,
      name: typeof name === 'string' && name !== '',
      scope: scope === 'process' || scope === 'shared',
      guarded: typeof guarded,
      fills: fills === undefined || scope === 'shared',
    }).toEqual({
      package: true,
      version: contractVersion,
      name: true,
      scope: true,
      guarded: 'boolean',
      fills: true,
    })
  },

  async 'answers undefined for a key that was never set'(context) {
    context.expect(await context.tier.get('absent')).toBe(undefined)
  },

  async 'brings back values as they were, null and false among them'(context) {
    for (const [kind, value] of Object.entries(plainValues)) {
      await context.tier.set(kind, entryOf(context, value))
      context
        .expect({ kind, entry: await context.tier.get(kind) })
        .toEqual({ kind, entry: entryOf(context, value) })
    }
  },

  async 'brings back dates, tags and stamp exactly'(context) {
    const entry: Entry = {
      ...entryOf(context, 'value', { ttl: '10s', grace: 2500.5, tags: ['user:7', 'a, b', 'ü'] }),
      stamp: { history: 'a history', sequence: 9_007_199_254_740 },
    }
    await context.tier.set('key', entry)
    context.expect(await context.tier.get('key')).toEqual(entry)
    await context.tier.set('marked', { ...entry, invalidated: true })
    context.expect(await context.tier.get('marked')).toEqual({ ...entry, invalidated: true })
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
    context.expect(await context.tier.get('key')).toEqual(second)
    await context.clock.advance('5s')
    context.expect(await readValue(context, 'key')).toBe(undefined)
  },

  async 'keeps a value of one megabyte'(context) {
    const value = 'green'.repeat(megabyte / 5)
    await context.tier.set('large', entryOf(context, value))
    context.expect((await readValue(context, 'large')) === value).toBe(true)
  },
}
