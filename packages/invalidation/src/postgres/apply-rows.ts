/**
 * Hands rows of the outbox to the cache: what they name together, in one call a kind, and one by one only when the cache
 * throws, so that a row that can never work is alone in staying.
 */
import { type Clock, type InvalidationMode, isGreenlangError, notify } from '@greenlang/core'
import type { InvalidationAnswer, InvalidationRequest, Invalidator } from '../events/rule-types.ts'
import { within } from '../within.ts'
import { OutboxRowError } from './error.ts'
import type { Verdict } from './outbox.ts'
import type { OutboxRow } from './outbox-row.ts'
import type { EventSink } from './source-options.ts'

export interface ApplyPlan {
  readonly target: Invalidator
  readonly rules: EventSink | undefined
  readonly ackMs: number
  readonly clock: Clock
  readonly onError: ((error: unknown) => void) | undefined
}

type Answer = 'acknowledged' | 'refused' | { readonly error: unknown }

/** Never rejects. */
export async function applyRows(plan: ApplyPlan, rows: readonly OutboxRow[]): Promise<Verdict> {
  const [named, told] = await Promise.all([
    applyNames(plan, rows),
    Promise.all(rows.map(row => tell(plan, row))),
  ])
  const answers = rows.map((row, index) => worse(named(row), told[index] ?? 'acknowledged'))
  const done = rows.filter((_, index) => answers[index] === 'acknowledged')
  rows.forEach((row, index) => {
    const answer = answers[index]
    if (typeof answer === 'object') notify(plan.onError, rowError(row, answer.error))
  })
  return { done, refused: answers.includes('refused') }
}

const rowError = ({ id }: OutboxRow, error: unknown) =>
  isGreenlangError(error, 'OUTBOX_ROW') ? error : new OutboxRowError(id, 'could not be applied', error)

async function applyNames(plan: ApplyPlan, rows: readonly OutboxRow[]): Promise<(row: OutboxRow) => Answer> {
  const together = await invalidate(plan, rows)
  if (typeof together === 'string') return () => together
  if (rows.length === 1) return () => together
  const alone = new Map<OutboxRow, Answer>()
  await Promise.all(rows.map(async row => alone.set(row, await invalidate(plan, [row]))))
  return row => alone.get(row) ?? together
}

function invalidate(plan: ApplyPlan, rows: readonly OutboxRow[]): Promise<Answer> {
  const calls = requestsOf(rows).map(
    ({ target, mode }) =>
      () =>
        plan.target.invalidate(target, { mode }),
  )
  return acknowledged(plan, async () => await Promise.all(calls.map(call => call())))
}

/** @returns the event's own answer: every rule for it was applied, and every process will hear of it. */
function tell(plan: ApplyPlan, { id, event, payload }: OutboxRow): Promise<Answer> | Answer {
  const { rules } = plan
  if (event === null) return 'acknowledged'
  if (rules === undefined)
    return { error: new OutboxRowError(id, 'has an event, and the source has no rules') }
  return acknowledged(plan, async () => {
    const { rules: count, failed, results } = await rules.emit(event, payload)
    // A process of an older version may be the bridge: the row is for one that knows the event.
    if (count === 0) throw new OutboxRowError(id, `has an event "${event}" that no rule is for`)
    if (failed > 0) throw new OutboxRowError(id, `failed ${failed} rules for event "${event}"`)
    return results
  })
}

async function acknowledged(
  { ackMs, clock }: ApplyPlan,
  work: () => Promise<readonly InvalidationAnswer[]>,
): Promise<Answer> {
  try {
    const answers = await within(work(), { subject: 'the cache', limitMs: ackMs, clock })
    return answers.every(({ propagated }) => propagated === true) ? 'acknowledged' : 'refused'
  } catch (error) {
    return isGreenlangError(error, 'DEADLINE') ? 'refused' : { error }
  }
}

function requestsOf(
  rows: readonly OutboxRow[],
): readonly { readonly target: InvalidationRequest; readonly mode: InvalidationMode }[] {
  return (['invalidate', 'delete'] as const).flatMap(mode => {
    const ofMode = rows.filter(row => row.mode === mode)
    const keys = [...new Set(ofMode.flatMap(row => row.keys))]
    const tags = [...new Set(ofMode.flatMap(row => row.tags))]
    const patterns = new Set(ofMode.flatMap(({ pattern }) => (pattern === null ? [] : [pattern])))
    const targets: InvalidationRequest[] = [...patterns].map(pattern => ({ pattern }))
    if (keys.length > 0) targets.push({ keys })
    if (tags.length > 0) targets.push({ tags })
    return targets.map(target => ({ target, mode }))
  })
}

function worse(one: Answer, other: Answer): Answer {
  if (typeof one === 'object') return one
  if (typeof other === 'object') return other
  return one === 'refused' ? one : other
}
