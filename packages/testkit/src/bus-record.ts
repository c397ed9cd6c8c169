/** What the bus remembers, and what a process knows of it. */
import { compareStamps, noStamp, type Rule, type Stamp } from '@greenlang/core'
import { type BusContext, eventually, stampOf } from './bus-context.ts'
import type { Cases } from './runner.ts'

/** Most rules a bus keeps, as the coherence protocol has it; with more, it remembers one that covers all. */
const mostRules = 64

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
      a: first.sequence,
      b: last.sequence,
      never: undefined,
    })
    expect(tags.get('__proto__')).toBe(last.sequence)
    expect({ known: atLeast(known, last), floor: floor < first.sequence }).toEqual({
      known: true,
      floor: true,
    })
  },

  async 'forgets no tag among thousands, unless its floor covers it'(context) {
    const { bus, expect } = context
    const tags = Array.from({ length: 5_000 }, (_, index) => `tag ${index}`)
    const stamp = stampOf(context, await bus.publish({ mode: 'invalidate', tags }))
    const rules = await bus.rules(noStamp, tags)
    const lost = tags.filter(tag => (rules.tags.get(tag) ?? rules.floor) < stamp.sequence)
    expect(lost).toEqual([])
  },

  async 'remembers patterns and clear as rules, newer than a stamp'(context) {
    const { bus, expect } = context
    const pattern = stampOf(context, await bus.publish({ mode: 'invalidate', pattern: 'user:*' }))
    const all = stampOf(context, await bus.publish({ mode: 'delete', all: true }))
    const rules: Rule[] = [
      { stamp: pattern, mode: 'invalidate', target: { pattern: 'user:*' } },
      { stamp: all, mode: 'delete', target: { all: true } },
    ]
    expect((await bus.rules(pattern)).rules).toEqual(rules.slice(1))
    const sinceEver = (await bus.rules(noStamp)).rules
    // A clear covers every older rule, so a bus may have dropped those.
    expect(sinceEver.slice(-1)).toEqual(rules.slice(1))
    expect((await bus.rules(all)).rules).toEqual([])
  },

  async 'keeps a bounded number of rules and loses none of their effect'(context) {
    const { bus, expect } = context
    const published: { pattern: string; stamp: Stamp }[] = []
    for (let index = 0; index < mostRules * 2; index += 1) {
      const pattern = `pattern ${index}:*`
      const stamp = stampOf(context, await bus.publish({ mode: 'delete', pattern }))
      published.push({ pattern, stamp })
    }
    const { rules } = await bus.rules(noStamp)
    expect({ bounded: rules.length <= mostRules }).toEqual({ bounded: true })
    const lost = published.filter(({ pattern, stamp }) => !rules.some(rule => covers(rule, pattern, stamp)))
    expect(lost).toEqual([])
  },

  async 'keeps keys out of its record'({ bus, expect }) {
    await bus.publish({ mode: 'delete', keys: ['a'] })
    const { rules, tags } = await bus.rules(noStamp, ['a'])
    expect({ rules, tags: [...tags] }).toEqual({ rules: [], tags: [] })
  },
}

/** `delete` is the stronger mode: these were all published as `delete`, so what covers them must be one. */
function covers(rule: Rule, pattern: string, stamp: Stamp): boolean {
  const matches = 'all' in rule.target || rule.target.pattern === pattern
  return matches && rule.mode === 'delete' && atLeast(rule.stamp, stamp)
}

function atLeast(a: Stamp, b: Stamp): boolean {
  const order = compareStamps(a, b)
  return order !== undefined && order >= 0
}
