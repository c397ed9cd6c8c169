/** Law 3: never someone else's. Any string is a key; two different strings never share an entry. */

import { brokenKeys, oddKeys } from './odd-keys.ts'
import type { Cases } from './runner.ts'
import { codeOf, failureOf } from './runner.ts'
import { entryOf, operationsOf, type TierContext } from './tier-context.ts'

/** What would match its neighbours, were it taken for a pattern. */
const patternLike = /[*?%[]/

const notStrings: readonly unknown[] = [undefined, null, 42, {}, ['a'], Symbol('key')]

export const keyCases: Cases<TierContext> = {
  async 'keeps odd and near-identical keys apart'(context) {
    const { tier, expect } = context
    for (const [index, key] of oddKeys.entries()) await tier.set(key, entryOf(context, index))
    const found = await tier.getMany(oddKeys)
    for (const [index, key] of oddKeys.entries())
      expect({ key, get: (await tier.get(key))?.value, getMany: found.get(key)?.value }).toEqual({
        key,
        get: index,
        getMany: index,
      })
  },

  async 'deletes and invalidates no other key'(context) {
    const { tier, expect } = context
    const others = oddKeys.filter(key => !patternLike.test(key))
    const patterns = oddKeys.filter(key => patternLike.test(key))
    const half = others.filter((_, index) => index % 2 === 0)
    for (const [deleted, marked] of [
      [patterns, half],
      [half, patterns],
    ] as const) {
      await tier.setMany(new Map(oddKeys.map(key => [key, entryOf(context, key)])))
      await tier.deleteMany(deleted)
      await tier.invalidateMany(marked)
      const found = await tier.getMany(oddKeys)
      for (const key of oddKeys) {
        const invalidated = deleted.includes(key) ? undefined : marked.includes(key)
        expect({ key, invalidated: found.get(key)?.invalidated }).toEqual({ key, invalidated })
      }
    }
  },

  async 'never answers one broken unicode key with the entry of another'(context) {
    const { tier, expect } = context
    for (const [index, key] of brokenKeys.entries()) {
      const refused = await failureOf(() => tier.set(key, entryOf(context, index)))
      if (refused !== undefined) expect(await codeOf(() => Promise.reject(refused))).toBe('INVALID_ARGUMENT')
    }
    for (const [index, key] of brokenKeys.entries()) {
      const value = await Promise.resolve()
        .then(() => tier.get(key))
        .then(entry => entry?.value ?? index)
        .catch(() => index)
      expect({ key, value }).toEqual({ key, value: index })
    }
  },

  async 'refuses keys that are not strings'(context) {
    const { tier, expect } = context
    const { clear, ...operations } = operationsOf(tier, entryOf(context, 'value'))
    for (const key of notStrings)
      for (const [name, operation] of Object.entries(operations))
        expect({ name, kind: typeof key, code: await codeOf(() => operation(key as string)) }).toEqual({
          name,
          kind: typeof key,
          code: 'INVALID_ARGUMENT',
        })
  },
}
