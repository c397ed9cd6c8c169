import type { Clock, Duration, InvalidationMode, Unsubscribe } from '@greenlang/core'

/** What is no longer to be trusted: as `invalidate` of a cache takes it. */
export type InvalidationRequest =
  | { readonly keys: readonly string[] }
  | { readonly tags: readonly string[] }
  | { readonly pattern: string }

/** What a cache answers. */
export interface InvalidationAnswer {
  /** Whether it is acknowledged: every process will hear of it. */
  readonly propagated: boolean
  /** Names of the tiers that could not be reached. */
  readonly unreached?: readonly string[]
}

/** Where invalidations go: a cache, or a namespace of one. */
export interface Invalidator {
  invalidate(
    target: InvalidationRequest,
    options?: { readonly mode?: InvalidationMode },
  ): Promise<InvalidationAnswer>
}

/** Templates, or what makes the names from the event. */
type Names<Payload> = readonly string[] | ((event: Payload) => readonly string[])

/** One rule: what to invalidate when the event comes. At least one of `keys`, `tags` and `pattern`. */
export interface EventRuleOptions<Payload> {
  /** Keys: templates such as `'workflow:{id}'`, or a function of the event. Default: none. */
  keys?: Names<Payload>
  /** Tags, likewise. Default: none. */
  tags?: Names<Payload>
  /**
   * A pattern. In a template the filled-in text stands for itself, whatever `*` is in it; a function escapes what it takes from
   * the event with `escapePattern`. It may return `undefined` for none. Default: none.
   */
  pattern?: string | ((event: Payload) => string | undefined)
  /** `'delete'`: gone, grace included. Default `'invalidate'`: stale from now. */
  mode?: InvalidationMode
  /** Whether the rule is for this event. Default: for each. */
  when?: (event: Payload) => boolean
  /**
   * How long after the event it is applied; nothing is done before. Several: once each, so `[0, '5s']` is at once and again
   * later, when a replica has caught up. 0 to 30 days. Default `0`.
   */
  delay?: Duration | readonly Duration[]
}

export interface EventRulesOptions {
  /**
   * Most delayed invalidations that wait one by one, and most that wait for another try. Past it those of a rule wait together, up
   * to twice their delay; past as many again one is applied at once, which `early` and `onError` tell. A failed one is given
   * up. Whole, >= 1. Default `10_000`.
   */
  maxPending?: number
  /** How many times more a failed invalidation is tried, 0.1 s, 0.2 s, 0.4 s and so on apart, 10 s at most. 0 to 20. Default `3`. */
  retries?: number
  /** Most failed invalidations that are kept in `deadLetters`; the oldest goes first. Whole, >= 0. Default `1000`. */
  maxDeadLetters?: number
  /** Told each error that failed a rule, with the name of the event. Default: a process warning. */
  onError?: (error: unknown, event: string) => void
  /** What delays are measured by. Default `systemClock`. */
  clock?: Clock
}

export interface EmitReport {
  /** Rules there are for this event. */
  readonly rules: number
  /** Rules for this event whose `when` did not say no. */
  readonly matched: number
  /** Rules of those with nothing failed, and with something applied by now. */
  readonly applied: number
  /** Rules of those that failed, or with an invalidation that did. */
  readonly failed: number
  /** Delayed invalidations that wait, each rule counted once a delay. */
  readonly scheduled: number
  /** Delayed invalidations that were applied at once for want of room: what they wait for may not have come yet. */
  readonly early: number
  /** What the cache answered to each invalidation. */
  readonly results: readonly InvalidationAnswer[]
  /** What failed, as it was thrown. */
  readonly errors: readonly unknown[]
}

/** An invalidation that failed as often as it may. */
export interface DeadLetter {
  readonly event: string
  readonly target: InvalidationRequest
  readonly mode: InvalidationMode
  /** What the last try failed with. */
  readonly error: unknown
  /** When it was given up, in ms since the epoch. */
  readonly at: number
}

export interface RetryReport {
  readonly applied: number
  readonly failed: number
}

export interface EventRules<Events extends object> extends AsyncDisposable {
  /** @throws InvalidOptionError for a bad rule. ClosedError. */
  on<Name extends keyof Events & string>(event: Name, rule: EventRuleOptions<Events[Name]>): Unsubscribe
  /**
   * Runs every rule for the event, all at once. Resolves when what is not delayed was applied or given up; a rule that fails is
   * in the report, and stops no other. @throws ClosedError, and nothing else.
   */
  emit<Name extends keyof Events & string>(event: Name, payload: Events[Name]): Promise<EmitReport>
  /** Delayed invalidations that are not applied yet. */
  readonly pending: number
  /** Applies now what is delayed; resolves once that was applied or given up. @throws ClosedError. */
  flush(): Promise<void>
  /** Oldest first. They are in memory only. */
  readonly deadLetters: readonly DeadLetter[]
  /** Tries them all again; what fails is back in `deadLetters`. @throws ClosedError. */
  retryDeadLetters(): Promise<RetryReport>
  /** Applies now what is delayed and waits for what is under way. Idempotent; afterwards every call fails with ClosedError. */
  close(): Promise<void>
}
