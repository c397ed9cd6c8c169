import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { RankedLists } from '../../src/policies/ranked-lists.ts'
import type { Made } from './driver.ts'

const lists = 70
const aStep = fc.record({
  kind: fc.constantFrom(
    'append' as const,
    'append' as const,
    'touch' as const,
    'remove' as const,
    'grow' as const,
  ),
  slot: fc.integer({ min: 1, max: 40 }),
  list: fc.oneof(fc.nat(lists - 1), fc.constantFrom(0, 31, 32, 63, 64, 69)),
})

describe('RankedLists, SlotLists', () => {
  it('are what arrays would be', () => {
    const holds = (steps: Made<typeof aStep>[]) => {
      const ranked = new RankedLists(lists)
      const model: number[][] = Array.from({ length: lists }, () => [])
      let length = 41
      ranked.grow(length)
      for (const { kind, slot, list } of steps) {
        const held = model.findIndex(each => each.includes(slot))
        if (ranked.holds(slot) !== held >= 0) throw new Error(`holds ${slot}: wrong`)
        const drop = () => held >= 0 && model[held]?.splice(model[held].indexOf(slot), 1)
        length += kind === 'grow' ? slot : 0
        if (kind === 'grow') ranked.grow(length)
        else if (kind === 'append' && held < 0) ranked.append(slot, list)
        else if (kind === 'touch' && held >= 0) ranked.touch(slot, list)
        else if (kind === 'remove' && held >= 0) ranked.remove(slot)
        else continue
        if (kind !== 'grow') drop()
        if (kind !== 'grow' && kind !== 'remove') model[list]?.push(slot)
        expectSame(ranked, model)
      }
      ranked.clear()
      expect([ranked.lowest(), ranked.highest()]).toEqual([-1, -1])
    }
    fc.assert(fc.property(fc.array(aStep, { maxLength: 80, size: 'max' }), holds), { numRuns: 1_000 })
  })

  it('use the sign bit of a word like any other', () => {
    const ranked = new RankedLists(64)
    ranked.grow(4)
    ranked.append(1, 31)
    expect([ranked.lowest(), ranked.highest()]).toEqual([31, 31])
    ranked.append(2, 63)
    ranked.append(3, 0)
    expect([ranked.lowest(), ranked.highest()]).toEqual([0, 63])
  })
})

/** One comparison of text: a matcher for each list takes most of a minute. */
function expectSame(ranked: RankedLists, model: readonly number[][]): void {
  const filled = [...model.keys()].filter(list => model[list]?.length !== 0)
  const expected = [
    filled[0] ?? -1,
    filled.at(-1) ?? -1,
    filled.map(list => [model[list], model[list]?.at(-1)]),
  ]
  const contents = filled.map(list => {
    const slots: number[] = []
    for (let slot = ranked.oldest(list); slot !== 0; slot = ranked.newer(slot)) slots.push(slot)
    return [slots, ranked.newest(list)]
  })
  const actual = [ranked.lowest(), ranked.highest(), contents]
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual).toEqual(expected)
}
