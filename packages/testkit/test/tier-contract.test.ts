import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { type TierFactory, tierContract } from '../src/index.ts'
import { brokenTiers } from './support/broken-tiers.ts'
import { collect, failedTests, only } from './support/collect.ts'
import { MapTier } from './support/map-tier.ts'

tierContract({ describe, expect, it }, 'a Map', ({ clock }) => new MapTier(clock))

const never = Symbol('never')

describe('tierContract', () => {
  it('has a broken tier for each of its tests', async () => {
    const results = await collect(runner => tierContract(runner, 'a Map', ({ clock }) => new MapTier(clock)))
    expect(Object.keys(brokenTiers).sort()).toEqual(results.map(result => result.test).sort())
  })

  it.each(Object.entries(brokenTiers))(
    'finds out a tier of which it is not true that it %s',
    async (test, make) => {
      const createTier: TierFactory = ({ clock }) => make(clock)
      const outcome = await Promise.race([
        failedTests(runner => tierContract(only(runner, test), 'a broken tier', createTier)),
        setTimeout(500, never, { ref: false }),
      ])
      // A tier that leaves a call hanging is found out by the runner's own limit.
      expect(outcome === never ? [test] : outcome).toEqual([test])
      expect(outcome === never).toBe(test === 'settles what was pending when it closes')
    },
  )

  it('makes one tier for each test and closes it, failed tests included', async () => {
    const made: MapTier[] = []
    const results = await collect(runner =>
      tierContract(runner, 'counted', ({ clock }) => {
        const tier = new MapTier(clock)
        tier.get = () => {
          throw new Error('broken on purpose')
        }
        made.push(tier)
        return tier
      }),
    )
    expect(made.length).toBe(results.length)
    expect(made.every(tier => tier.closed)).toBe(true)
    expect(results.some(result => result.error !== undefined)).toBe(true)
  })
})
