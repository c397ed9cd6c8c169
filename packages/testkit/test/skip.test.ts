import { describe, expect, it } from '@jest/globals'
import { tierContract } from '../src/index.ts'
import { brokenTiers } from './support/broken-tiers.ts'
import { collect } from './support/collect.ts'
import { MapTier } from './support/map-tier.ts'

const test = 'keeps a value of one megabyte'
const makeBroken = brokenTiers[test]

describe('a skip', () => {
  it('is named with its reason, and passes while the test fails', async () => {
    const results = await collect(runner =>
      tierContract(runner, 'small', ({ clock }) => makeBroken?.(clock) ?? new MapTier(clock), {
        skip: [{ test, reason: 'it is a small tier' }],
      }),
    )
    expect(results.filter(result => result.error !== undefined)).toEqual([])
    expect(results.map(result => result.test)).toContain(`does not hold: ${test} (it is a small tier)`)
  })

  it('fails once the test would pass', async () => {
    const results = await collect(runner =>
      tierContract(runner, 'whole', ({ clock }) => new MapTier(clock), {
        skip: [{ test, reason: 'it was a small tier' }],
      }),
    )
    const failed = results.filter(result => result.error !== undefined)
    expect(failed.map(result => result.test)).toEqual([`does not hold: ${test} (it was a small tier)`])
  })

  it.each([
    [{ test: 'no such test', reason: 'none' }, /option skip must be names of tests/],
    [{ test, reason: '' }, /option skip.reason must be a string that is not empty/],
  ])('must name a test and give a reason: not %p', async (skip, message) => {
    await expect(
      collect(runner => tierContract(runner, 'any', ({ clock }) => new MapTier(clock), { skip: [skip] })),
    ).rejects.toThrow(message)
  })
})
