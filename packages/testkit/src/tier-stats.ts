/** Counters add up and never fall, and asking for them changes nothing. */
import type { TierStats } from '@greenlang/core'
import type { Cases } from './runner.ts'
import { entryOf, type TierContext } from './tier-context.ts'

const counters = ['hits', 'misses', 'sets', 'deletes', 'evictions', 'rejected', 'failures'] as const

export const statsCases: Cases<TierContext> = {
  async 'counts each key looked up as one hit or one miss'(context) {
    const { tier, clock, expect } = context
    await tier.set('a', entryOf(context, 1))
    await tier.setMany(
      new Map([
        ['b', entryOf(context, 2)],
        ['short', entryOf(context, 3, { ttl: 5 })],
      ]),
    )
    await clock.advance(5)
    const before = tier.stats()
    await tier.get('a')
    await tier.get('absent')
    await tier.get('short')
    await tier.getMany(['a', 'b', 'absent', 'missing'])
    const after = tier.stats()
    expect({ hits: after.hits - before.hits, misses: after.misses - before.misses }).toEqual({
      hits: 3,
      misses: 4,
    })
  },

  async 'counts what it stores and what it deletes'(context) {
    const { tier, expect } = context
    await tier.set('a', entryOf(context, 1))
    await tier.setMany(
      new Map([
        ['b', entryOf(context, 2)],
        ['c', entryOf(context, 3)],
      ]),
    )
    await tier.deleteMany(['a', 'b'])
    const { sets, deletes, entries = 1, failures, rejected } = tier.stats()
    expect({ sets, deletes, entries, failures, rejected }).toEqual({
      sets: 3,
      deletes: 2,
      entries: 1,
      failures: 0,
      rejected: 0,
    })
  },

  async 'never counts down, clear included'(context) {
    const { tier, clock, expect } = context
    const steps: readonly (() => unknown)[] = [
      () => tier.set('a', entryOf(context, 1)),
      () => tier.get('a'),
      () => tier.get('b'),
      () => tier.set('a', entryOf(context, 2, { ttl: 5 })),
      () => tier.invalidateMany(['a']),
      () => clock.advance(5),
      () => tier.getMany(['a']),
      () => tier.deleteMany(['a']),
      () => tier.clear(),
    ]
    let before: TierStats = tier.stats()
    for (const [step, act] of steps.entries()) {
      await act()
      const after = tier.stats()
      const fallen = counters.filter(name => !(after[name] >= before[name]))
      expect({ step, fallen }).toEqual({ step, fallen: [] })
      before = after
    }
  },
}
