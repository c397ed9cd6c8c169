/** The record is bounded, and loses no invalidation for it. */
import { noStamp } from '@greenlang/core'
import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { createOpened, namesOf, openBus } from './bus-support.ts'
import { ownPrefix, rawClient, removeOwnKeys } from './support.ts'

const opened = createOpened()
afterEach(opened.close)
afterAll(removeOwnKeys)

const tag = (index: number) => `tag ${index}`

describe('the tags of a record', () => {
  it('past 10 000 give way to new ones, the older ones by and large, and the floor stands for them', async () => {
    const scope = ownPrefix()
    const bus = opened.keep(openBus({ scope }))
    const last = new Map<string, number>()
    const send = async (tags: string[]) => {
      const { stamp } = await bus.publish({ mode: 'invalidate', tags })
      for (const each of tags) last.set(each, stamp?.sequence ?? Number.NaN)
    }
    for (let from = 0; from < 10_000; from += 100)
      await send(Array.from({ length: 100 }, (_, index) => tag(from + index)))
    expect((await bus.rules(noStamp)).floor).toBe(0)
    for (let index = 10_000; index < 10_500; index += 1) await send([tag(index)])
    const { tags, floor } = await bus.rules(noStamp, [...last.keys()])
    expect(tags.size).toBeLessThanOrEqual(10_000)
    expect(tags.size).toBeGreaterThanOrEqual(9_900)
    // A hundred of 600 sequences: the quarter that is oldest holds all that went.
    expect(floor).toBeGreaterThan(0)
    expect(floor).toBeLessThan(100)
    const forgotten = [...last].filter(([each, sequence]) => (tags.get(each)?.sequence ?? floor) < sequence)
    expect(forgotten).toEqual([])
  })

  it('that are too many for one call count as invalidated now', async () => {
    const scope = ownPrefix()
    const bus = opened.keep(openBus({ scope }))
    await bus.publish({ mode: 'delete', pattern: 'a*' })
    const tags = Array.from({ length: 12_000 }, (_, index) => tag(index))
    const { stamp } = await bus.publish({ mode: 'invalidate', tags })
    const rules = await bus.rules(noStamp, tags)
    expect({ size: rules.tags.size, floor: rules.floor }).toEqual({ size: 0, floor: stamp?.sequence })
    expect(rules.rules.map(({ target }) => target)).toEqual([{ pattern: 'a*' }])
    expect(await opened.keep(await rawClient()).hLen(namesOf(scope).record)).toBe(5)
  })
})

describe('the patterns of a record', () => {
  it('past 64 become one rule for everything, of the last stamp and the stronger mode', async () => {
    const bus = opened.keep(openBus({ scope: ownPrefix() }))
    const stamps = []
    for (let index = 0; index < 70; index += 1) {
      const mode = index === 3 ? 'delete' : 'invalidate'
      stamps.push((await bus.publish({ mode, pattern: `${index}*` })).stamp)
    }
    const { rules, known } = await bus.rules(noStamp)
    expect(rules[0]).toEqual({ stamp: stamps[64], mode: 'delete', target: { all: true } })
    expect(rules.slice(1).map(({ stamp, target }) => ({ stamp, target }))).toEqual(
      stamps.slice(65).map((stamp, index) => ({ stamp, target: { pattern: `${65 + index}*` } })),
    )
    expect(known).toEqual(stamps[69])
  })
})
