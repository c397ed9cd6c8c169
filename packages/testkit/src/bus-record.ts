/** What the bus remembers, and what a process knows of it. */
import { noStamp } from '@greenlang/core'
import { atLeast, type BusContext, eventually, stampOf } from './bus-context.ts'
import type { Cases } from './runner.ts'

export const recordCases: Cases<BusContext> = {
  async 'knows and has applied what it published'(context) {
    const { bus, expect } = context
    let trustedSince = bus.sync().trustedSince
    for (let round = 0; round < 3; round += 1) {
      const stamp = stampOf(context, await bus.publish({ mode: 'delete', keys: [`${round}`] }))
      expect(atLeast(bus.sync().known, stamp)).toBe(true)
      expect(await eventually(() => atLeast(bus.sync().applied, stamp))).toBe(true)
      expect({ round, grows: bus.sync().trustedSince >= trustedSince }).toEqual({ round, grows: true })
      trustedSince = bus.sync().trustedSince
    }
  },

  async 'never has applied more than it knows'(context) {
    const { bus, expect } = context
    const inOrder: boolean[] = []
    const look = () => inOrder.push(atLeast(bus.sync().known, bus.sync().applied))
    look()
    bus.subscribe(look)
    const stamp = stampOf(context, await bus.publish({ mode: 'delete', all: true }))
    await eventually(() => atLeast(bus.sync().applied, stamp))
    look()
    expect(inOrder).toEqual(inOrder.map(() => true))
  },

  async 'remembers the last invalidation of each tag, and stands in for the others by its floor'(context) {
    const { bus, expect } = context
    const start = bus.sync().known
    const first = stampOf(context, await bus.publish({ mode: 'invalidate', tags: ['a', 'b'] }))
    const last = stampOf(context, await bus.publish({ mode: 'delete', tags: ['b', '__proto__'] }))
    const { known, floor, tags } = await bus.rules(start, ['a', 'b', '__proto__', 'never'])
    expect(Object.fromEntries(['a', 'b', 'never'].map(tag => [tag, tags.get(tag)]))).toEqual({
      a: { sequence: first.sequence, mode: 'invalidate' },
      b: { sequence: last.sequence, mode: 'delete' },
      never: undefined,
    })
    expect(tags.get('__proto__')?.sequence).toBe(last.sequence)
    expect({ known: atLeast(known, last), floor: floor < first.sequence }).toEqual({
      known: true,
      floor: true,
    })
  },

  async 'remembers that a tag was once deleted, whatever came before and after'(context) {
    const { bus, expect } = context
    const start = bus.sync().known
    await bus.publish({ mode: 'invalidate', tags: ['a', 'b'] })
    await bus.publish({ mode: 'delete', tags: ['a'] })
    const last = stampOf(context, await bus.publish({ mode: 'invalidate', tags: ['a', 'b'] }))
    const { tags } = await bus.rules(start, ['a', 'b'])
    expect(['a', 'b'].map(tag => tags.get(tag))).toEqual([
      { sequence: last.sequence, mode: 'delete' },
      { sequence: last.sequence, mode: 'invalidate' },
    ])
  },

  async 'forgets no tag among thousands, unless its floor covers it'(context) {
    const { bus, expect } = context
    const tags = Array.from({ length: 5_000 }, (_, index) => `tag ${index}`)
    const stamp = stampOf(context, await bus.publish({ mode: 'invalidate', tags }))
    const rules = await bus.rules(noStamp, tags)
    const lost = tags.filter(tag => (rules.tags.get(tag)?.sequence ?? rules.floor) < stamp.sequence)
    expect(lost).toEqual([])
  },

  async 'lets a private copy be served for some time unseen'({ bus, expect }) {
    const { leaseMs } = bus.sync()
    expect({ leased: leaseMs > 0 }).toEqual({ leased: true })
  },

  async 'keeps keys out of its record'({ bus, expect }) {
    await bus.publish({ mode: 'delete', keys: ['a'] })
    const { rules, tags } = await bus.rules(noStamp, ['a'])
    expect({ rules, tags: [...tags] }).toEqual({ rules: [], tags: [] })
  },
}
