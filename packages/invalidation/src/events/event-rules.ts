/**
 * What to invalidate when something happens, said once for each kind of event. Every rule runs by itself: what one throws,
 * or what the cache refuses, is that rule's alone.
 */
import {
  ClosedError,
  checkClock,
  checkFunction,
  checkInteger,
  checkOptions,
  checkText,
  InvalidOptionError,
  systemClock,
  type Unsubscribe,
} from '@greenlang/core'
import { createDelivery, type Delivered, type Delivery } from './delivery.ts'
import { DelaysFullError } from './error.ts'
import { MergedDelays } from './merged-delays.ts'
import { createNaps, type Naps } from './naps.ts'
import { checkRule, type EventRule } from './rule.ts'
import type {
  DeadLetter,
  EmitReport,
  EventRuleOptions,
  EventRules,
  EventRulesOptions,
  InvalidationRequest,
  Invalidator,
  RetryReport,
} from './rule-types.ts'
import type { WorkflowEvents } from './workflow-events.ts'

/**
 * Rules from events to invalidations of `target`, a cache or a namespace of one. `Events` maps names of events to what they carry.
 * @throws InvalidOptionError for a bad option.
 */
export function createEventRules<Events extends object = WorkflowEvents>(
  target: Invalidator,
  options: EventRulesOptions = {},
): EventRules<Events> {
  checkOptions('createEventRules', options, optionNames)
  if (typeof target?.invalidate !== 'function')
    throw new InvalidOptionError('target', 'a cache: something with invalidate()', target)
  return new TypedEventRules<Events>(target, options)
}

const optionNames = ['maxPending', 'retries', 'maxDeadLetters', 'onError', 'clock']
const mostRetries = 20

interface Delaying {
  readonly rule: EventRule
  readonly event: string
  readonly requests: readonly InvalidationRequest[]
  readonly delayMs: number
}

interface Outcome {
  readonly matched: boolean
  readonly scheduled: number
  readonly early: number
  readonly delivered: readonly Delivered[]
}

class TypedEventRules<Events extends object> implements EventRules<Events> {
  readonly #maxPending: number
  readonly #delivery: Delivery
  readonly #delays: Naps
  readonly #merged: MergedDelays
  /** One object a rule, so that one may be given twice. Replaced, not changed: an emit under way keeps the list it began with. */
  readonly #rules = new Map<string, readonly { readonly rule: EventRule }[]>()
  readonly #delayed = new Set<Promise<unknown>>()
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor(target: Invalidator, options: EventRulesOptions) {
    const { maxPending = 10_000, retries = 3, maxDeadLetters = 1000 } = options
    const clock = checkClock('clock', options.clock ?? systemClock)
    this.#maxPending = checkInteger('maxPending', maxPending, 1)
    this.#delays = createNaps(clock)
    this.#merged = new MergedDelays(clock, this.#delays, this.#maxPending)
    this.#delivery = createDelivery({
      target,
      retries: checkInteger('retries', retries, 0, mostRetries),
      maxDeadLetters: checkInteger('maxDeadLetters', maxDeadLetters, 0),
      maxWaiting: maxPending,
      onError: checkFunction('onError', options.onError ?? warn),
      clock,
    })
  }

  get pending(): number {
    return this.#delayed.size
  }

  get deadLetters(): readonly DeadLetter[] {
    return this.#delivery.deadLetters
  }

  on<Name extends keyof Events & string>(event: Name, rule: EventRuleOptions<Events[Name]>): Unsubscribe {
    this.#assertOpen()
    const added = { rule: checkRule(checkText('event', event), rule) }
    this.#rules.set(event, [...this.#rulesFor(event), added])
    return () => {
      const left = this.#rulesFor(event).filter(one => one !== added)
      if (left.length === 0) this.#rules.delete(event)
      else this.#rules.set(event, left)
    }
  }

  async emit<Name extends keyof Events & string>(event: Name, payload: Events[Name]): Promise<EmitReport> {
    this.#assertOpen()
    const run = Promise.all(this.#rulesFor(event).map(({ rule }) => this.#run(rule, event, payload)))
    return report(await kept(this.#underWay, run))
  }

  async flush(): Promise<void> {
    this.#assertOpen()
    const delayed = [...this.#delayed]
    this.#delays.wakeAll()
    await Promise.all(delayed)
  }

  async retryDeadLetters(): Promise<RetryReport> {
    this.#assertOpen()
    const letters = this.#delivery.takeDeadLetters()
    const tried = Promise.all(letters.map(letter => this.#delivery.deliver(letter)))
    const failed = (await kept(this.#underWay, tried)).filter(({ kind }) => kind === 'failed').length
    return { applied: letters.length - failed, failed }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #end(): Promise<void> {
    this.#delays.wakeAll()
    this.#delivery.hurry()
    await Promise.all([...this.#delayed, ...this.#underWay])
    this.#rules.clear()
  }

  async #run(rule: EventRule, event: string, payload: unknown): Promise<Outcome> {
    let requests: readonly InvalidationRequest[] | undefined
    try {
      requests = rule.requests(payload)
    } catch (error) {
      this.#delivery.tell(error, event)
      return { matched: true, scheduled: 0, early: 0, delivered: [{ kind: 'failed', error }] }
    }
    if (requests === undefined) return { matched: false, scheduled: 0, early: 0, delivered: [] }
    const deliver = () => this.#deliver(requests, rule, event)
    let scheduled = 0
    let isDue = false
    let early = 0
    for (const delayMs of requests.length === 0 ? [] : rule.delaysMs) {
      if (delayMs === 0) isDue = true
      else if (this.#delay({ rule, event, requests, delayMs })) scheduled += 1
      else early += 1
    }
    if (early > 0) this.#delivery.tell(new DelaysFullError(event, 2 * this.#maxPending), event)
    const delivered = isDue || early > 0 ? await deliver() : []
    return { matched: true, scheduled, early, delivered }
  }

  /** Whether there was room for it. */
  #delay({ rule, event, requests, delayMs }: Delaying): boolean {
    if (this.pending < this.#maxPending) {
      const due = this.#delays.sleep(delayMs)
      void kept(
        this.#delayed,
        due.then(() => this.#deliver(requests, rule, event)),
      )
      return true
    }
    const merged = this.#merged.add(rule, delayMs, requests)
    if (!merged) return merged === undefined
    void kept(
      this.#delayed,
      merged.due.then(() => this.#deliver(merged.requests(), rule, event)),
    )
    return true
  }

  #deliver(
    requests: readonly InvalidationRequest[],
    { mode }: EventRule,
    event: string,
  ): Promise<readonly Delivered[]> {
    return Promise.all(requests.map(target => this.#delivery.deliver({ event, target, mode })))
  }

  #rulesFor(event: string) {
    return this.#rules.get(event) ?? []
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new ClosedError('event rules')
  }
}

function report(outcomes: readonly Outcome[]): EmitReport {
  const matched = outcomes.filter(outcome => outcome.matched)
  const hasFailed = ({ delivered }: Outcome) => delivered.some(({ kind }) => kind === 'failed')
  const delivered = matched.flatMap(outcome => outcome.delivered)
  const failed = matched.filter(hasFailed)
  return {
    rules: outcomes.length,
    matched: matched.length,
    applied: matched.filter(one => one.delivered.length > 0 && !hasFailed(one)).length,
    failed: failed.length,
    scheduled: matched.reduce((sum, { scheduled }) => sum + scheduled, 0),
    early: matched.reduce((sum, { early }) => sum + early, 0),
    results: delivered.flatMap(one => (one.kind === 'applied' ? [one.answer] : [])),
    errors: delivered.flatMap(one => (one.kind === 'failed' ? [one.error] : [])),
  }
}

/** Has the promise in the set until it is settled. */
async function kept<T>(promises: Set<Promise<unknown>>, promise: Promise<T>): Promise<T> {
  promises.add(promise)
  try {
    return await promise
  } finally {
    promises.delete(promise)
  }
}

/** Without the error's own words: they may hold a key. */
function warn(error: unknown, event: string): void {
  const name = (error as { name?: unknown } | undefined | null)?.name
  process.emitWarning(`a rule for event "${event}" failed with ${String(name ?? typeof error)}; set onError`)
}
