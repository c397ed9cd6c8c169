/** The operations on many keys do what as many single ones would. */
import type { Cases } from './runner.ts'
import { entryOf, forgive, readValue, type TierContext } from './tier-context.ts'

/** More keys than one command of a remote store carries. */
const manyKeys = 300

export const batchCases: Cases<TierContext> = {
  async 'omits absent and expired keys from getMany'(context) {
    const { tier, clock, expect } = context
    const lasting = entryOf(context, 'lasting')
    await tier.setMany(
      new Map([
        ['short', entryOf(context, 'short', { ttl: 5 })],
        ['lasting', lasting],
      ]),
    )
    await clock.advance(5)
    const found = await tier.getMany(['absent', 'short', 'lasting'])
    expect([...found.keys()]).toEqual(['lasting'])
    expect(forgive(context, found.get('lasting'), lasting)).toEqual(lasting)
  },

  async 'sets, gets and deletes hundreds of keys at once'(context) {
    const { tier, expect } = context
    const keys = Array.from({ length: manyKeys }, (_, index) => `key ${index}`)
    await tier.setMany(new Map(keys.map((key, index) => [key, entryOf(context, index)])))
    const found = await tier.getMany(keys)
    expect(keys.map(key => found.get(key)?.value)).toEqual(keys.map((_, index) => index))
    await tier.deleteMany(keys.slice(1))
    expect([...(await tier.getMany(keys)).keys()]).toEqual(keys.slice(0, 1))
  },

  async 'takes empty lists'({ tier, expect }) {
    expect((await tier.getMany([])).size).toBe(0)
    await tier.setMany(new Map())
    await tier.deleteMany([])
    await tier.invalidateMany([])
  },

  async 'deletes stale, marked and absent keys alike, and no others'(context) {
    const { tier, clock, expect } = context
    await tier.set('stale', entryOf(context, 1, { ttl: 10, grace: '1m' }))
    await tier.set('marked', entryOf(context, 2))
    await tier.set('spared', entryOf(context, 3))
    await tier.invalidateMany(['marked'])
    await clock.advance(20)
    await tier.deleteMany(['stale', 'absent', 'marked', 'stale'])
    const found = await tier.getMany(['stale', 'marked', 'spared', 'absent'])
    expect([...found.keys()]).toEqual(['spared'])
  },

  async 'is empty after clear, and usable'(context) {
    const { tier, expect } = context
    await tier.setMany(
      new Map([
        ['a', entryOf(context, 1)],
        ['b', entryOf(context, 2)],
      ]),
    )
    await tier.clear()
    expect((await tier.getMany(['a', 'b'])).size).toBe(0)
    await tier.set('a', entryOf(context, 3))
    expect(await readValue(context, 'a')).toBe(3)
  },
}
