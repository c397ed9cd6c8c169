import { createEntry, type Tier } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { type MemoryTier, memoryTier } from '../src/index.ts'

/** Never called: `npm run typecheck` holds what must and must not compile. */
export function mustNotCompile(): void {
  // @ts-expect-error A cache without a bound does not compile.
  memoryTier()
  // @ts-expect-error Nor does one whose bound is left out.
  memoryTier({})
  // @ts-expect-error Nor one whose bound may be undefined.
  memoryTier({ maxEntries: undefined })
  // @ts-expect-error Durations are in units that compile.
  memoryTier({ maxEntries: 1, maxTtl: '5 minutes' })
  // @ts-expect-error A misspelt option does not compile.
  memoryTier({ maxEntries: 1, maxttl: '5m' })
  // @ts-expect-error Entries hold what the tier is for.
  memoryTier<number>({ maxEntries: 1 }).set('key', createEntry('text'))
}

describe('types', () => {
  it('fit the contract, and answer synchronously', () => {
    const tier: MemoryTier<number> = memoryTier<number>({ maxEntries: 1 })
    const asTier: Tier<number> = tier
    tier.set('key', createEntry(7))
    const value: number | undefined = tier.value('key')
    const entry: number | undefined = tier.get('key')?.value
    expect([value, entry, asTier.name]).toEqual([7, 7, 'memory'])
  })
})
