/** Patterns and clears, which the bus remembers until they are retired. */
import { noStamp, type Rule } from '@greenlang/core'
import { atLeast, type BusContext, stampOf } from './bus-context.ts'
import type { Cases } from './runner.ts'

/** Most rules a bus keeps, as the coherence protocol has it; with more, it remembers one that covers all. */
const mostRules = 64

export const ruleCases: Cases<BusContext> = {
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
    const added: Rule[] = []
    for (let index = 0; index < mostRules * 2; index += 1) added.push(await published(context, `${index}:*`))
    const { rules } = await bus.rules(noStamp)
    expect({ bounded: rules.length <= mostRules }).toEqual({ bounded: true })
    const lost = added.filter(rule => !rules.some(each => covers(each, rule)))
    expect(lost).toEqual([])
  },

  async 'forgets a rule that was retired, no other, and says up to where'(context) {
    const { bus, expect } = context
    const first = await published(context, 'a:*')
    await published(context, 'b:*')
    await bus.retire(first)
    const { rules, retired } = await bus.rules(noStamp)
    expect(rules.map(rule => rule.target)).toEqual([{ pattern: 'b:*' }])
    expect({ retired: retired >= first.stamp.sequence }).toEqual({ retired: true })
    await bus.retire(first)
  },

  async 'keeps the rule that stands for many when the newest of them is retired'(context) {
    const { bus, expect } = context
    const rules: Rule[] = []
    for (let index = 0; index <= mostRules; index += 1) rules.push(await published(context, `${index}:*`))
    for (const rule of rules.slice(-1)) await bus.retire(rule)
    const left = (await bus.rules(noStamp)).rules
    const lost = rules.slice(0, -1).filter(rule => !left.some(each => covers(each, rule)))
    expect(lost).toEqual([])
  },

  async 'takes it well when a rule is retired that it does not know'(context) {
    const { bus, expect } = context
    const rule = await published(context, 'a:*')
    const { history, sequence } = rule.stamp
    const stamps = [noStamp, { history: `not ${history}`, sequence }, { history, sequence: sequence + 1 }]
    for (const stamp of stamps) await bus.retire({ ...rule, stamp })
    for (const target of [{ pattern: 'b:*' }, { all: true }] as const) await bus.retire({ ...rule, target })
    expect((await bus.rules(noStamp)).rules.map(each => each.target)).toEqual([{ pattern: 'a:*' }])
  },
}

async function published(context: BusContext, pattern: string): Promise<Rule> {
  const stamp = stampOf(context, await context.bus.publish({ mode: 'delete', pattern }))
  return { stamp, mode: 'delete', target: { pattern } }
}

/** `delete` is the stronger mode: these were all published as `delete`, so what covers them must be one. */
function covers(wide: Rule, { stamp, target }: Rule): boolean {
  const named = 'all' in wide.target || ('pattern' in target && wide.target.pattern === target.pattern)
  return named && wide.mode === 'delete' && atLeast(wide.stamp, stamp)
}
