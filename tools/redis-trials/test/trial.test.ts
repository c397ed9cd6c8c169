/** The proof of `npm run prove -- redis` with a small budget: the same code, fewer keys and faults, seconds instead of minutes. */

import { describeViolation } from '@greenlang/testkit'
import { expect, it } from '@jest/globals'
import { mutantPlans, type Plan, runTrial, type TrialReport, usualPlan } from '../src/index.ts'

const small: Plan = {
  ...usualPlan,
  workers: 3,
  keys: 120,
  readsPerSecond: 400,
  rewriteMs: 4_000,
  leaseMs: 600,
}
const limitMs = 90_000
/** Longer than the lease and B together. */
const deafness = { faults: ['deaf'], lasting: { from: 2_000, to: 2_500 }, quietMs: 300 } as const

function explain({ plan, history, struck }: TrialReport): string {
  const faults = struck.map(({ fault, began }) => `${fault} at ${Math.round(began)}`).join(', ')
  return [`seed ${plan.seed}; ${faults}`, ...history.examples.map(describeViolation)].join('\n')
}

it(
  'keeps the promise while Redis dies, the bus goes deaf, the record is lost and a process is killed',
  async () => {
    const faults = ['deaf', 'kill', 'crash', 'forget'] as const
    const report = await runTrial({ plan: { ...small, seed: 9 }, forMs: 12_000, faults, quietMs: 300 })
    const { history, struck, rested, strays } = report
    expect(history.violations === 0 ? '' : explain(report)).toBe('')
    expect({ rested, strays, errors: struck.flatMap(({ error }) => error ?? []) }).toEqual({
      rested: true,
      strays: [],
      errors: [],
    })
    expect(new Set(struck.map(({ fault }) => fault))).toEqual(new Set(faults))
    expect(history.acknowledged).toBeGreaterThan(50)
    expect(history.sources.memory).toBeGreaterThan(history.reads / 2)
  },
  limitMs,
)

it(
  'finds out what is usual, and the protocol without one guard',
  async () => {
    const plan: Plan = { ...small, workers: 2, subject: 'naive' }
    const mutant = mutantPlans.find(one => one.mutant.name === 'copies are trusted without beats')
    const reports = await Promise.all([
      runTrial({ plan, forMs: 9_000, ...deafness }),
      runTrial({
        plan: { ...(mutant?.plan ?? plan), workers: 2 },
        forMs: 9_000,
        ...deafness,
      }),
    ])
    for (const { history } of reports) expect(history.byRule.a).toBeGreaterThan(0)
  },
  limitMs,
)
