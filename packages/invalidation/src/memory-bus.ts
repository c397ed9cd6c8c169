/**
 * The order of invalidations for one process. `publish` counts and records at once; frames then go to every listener,
 * one frame after the other, before `publish` returns. A listener may publish: its frame waits its turn.
 */
import { randomBytes } from 'node:crypto'
import {
  type BusEvent,
  type BusSync,
  type Clock,
  ClosedError,
  checkClock,
  checkFunction,
  checkInteger,
  checkOptions,
  contractOf,
  type Frame,
  type Invalidation,
  type InvalidationBus,
  notify,
  type Published,
  type Rule,
  type Rules,
  type Stamp,
  systemClock,
  type TagMark,
  type Unsubscribe,
} from '@greenlang/core'
import { createRuleList, createTagTable, type TagTable } from '@greenlang/core/coherence'
import { checkInvalidation } from './check-invalidation.ts'
import { defaultMaxTags } from './tag-clock.ts'

export interface MemoryBusOptions {
  /** Tags whose last invalidation is remembered; the oldest goes first, and raises the floor. >= 1. Default `10_000`. */
  maxTags?: number
  /** Told what a listener threw or rejected with; the other listeners hear the frame all the same. Default: a process warning. */
  onListenerError?: (error: unknown) => void
  /** Read for `trustedSince`. Default `systemClock`. */
  clock?: Clock
}

/**
 * A bus for the caches of one process. Nobody else hears it, so `propagated` is always true.
 * @throws InvalidOptionError for a bad option.
 */
export function memoryBus(options: MemoryBusOptions = {}): InvalidationBus {
  checkOptions('memoryBus', options, ['maxTags', 'onListenerError', 'clock'])
  return new MemoryBus(options)
}

const historyBytes = 16

class MemoryBus implements InvalidationBus {
  readonly contract = contractOf('@greenlang/invalidation')
  readonly #clock: Clock
  readonly #onListenerError: (error: unknown) => void
  readonly #history = randomBytes(historyBytes).toString('hex')
  readonly #tags: TagTable
  readonly #rules = createRuleList()
  /** One object a subscription, so that one function may subscribe twice. */
  readonly #listeners = new Set<{ readonly hear: (frame: Frame) => void }>()
  readonly #watchers = new Set<{ readonly hear: (event: BusEvent) => void }>()
  #known: Stamp
  #applied: Stamp
  /** Frames still to be delivered; there while a delivery runs. */
  #queue: Frame[] | undefined
  #closed = false

  constructor(options: MemoryBusOptions) {
    const { clock = systemClock, onListenerError = warn, maxTags = defaultMaxTags } = options
    this.#clock = checkClock('clock', clock)
    this.#onListenerError = checkFunction('onListenerError', onListenerError)
    this.#tags = createTagTable(checkInteger('maxTags', maxTags, 1))
    this.#known = this.#applied = { history: this.#history, sequence: 0 }
  }

  async publish(invalidation: Invalidation, from?: string): Promise<Published> {
    this.#assertOpen()
    const checked = checkInvalidation(invalidation)
    const stamp: Stamp = { history: this.#history, sequence: this.#known.sequence + 1 }
    this.#known = stamp
    this.#record(stamp, checked)
    this.#deliver({ stamp, invalidation: checked, own: true, ...(from === undefined ? {} : { from }) })
    return { stamp, propagated: true }
  }

  subscribe(listener: (frame: Frame) => void): Unsubscribe {
    this.#assertOpen()
    const subscription = { hear: listener }
    this.#listeners.add(subscription)
    return () => void this.#listeners.delete(subscription)
  }

  /** Within a process no frame is lost and nothing is undone: it calls back only for what `resume` asks for in vain. */
  watch(listener: (event: BusEvent) => void): Unsubscribe {
    this.#assertOpen()
    const watcher = { hear: listener }
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  sync(): BusSync {
    this.#assertOpen()
    const trustedSince = this.#clock.now()
    return { trustedSince, known: this.#known, applied: this.#applied, leaseMs: Number.POSITIVE_INFINITY }
  }

  /** No frame is kept, so whatever came after the stamp is lost, before `resume` returns. */
  resume({ history, sequence }: Stamp): void {
    this.#assertOpen()
    if (history === this.#history && sequence === this.#applied.sequence) return
    for (const watcher of [...this.#watchers]) void this.#tell(watcher.hear, 'lost')
  }

  async rules(since: Stamp, tags: readonly string[] = []): Promise<Rules> {
    this.#assertOpen()
    const after = since.history === this.#history ? since.sequence : 0
    const newer = new Map<string, TagMark>()
    for (const tag of tags) {
      const mark = this.#tags.get(tag)
      if (mark !== undefined && mark.sequence > after) newer.set(tag, mark)
    }
    const rules = this.#rules.newerThan(since)
    const { retired } = this.#rules
    return { known: this.#known, floor: this.#tags.floor, tags: newer, rules, retired }
  }

  async retire(rule: Rule): Promise<void> {
    this.#assertOpen()
    this.#rules.retire(rule)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#listeners.clear()
    this.#watchers.clear()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #record(stamp: Stamp, invalidation: Invalidation): void {
    const { mode } = invalidation
    const { sequence } = stamp
    if ('tags' in invalidation)
      for (const tag of invalidation.tags) this.#tags.record(tag, { sequence, mode })
    else if ('pattern' in invalidation)
      this.#rules.add({ stamp, mode, target: { pattern: invalidation.pattern } })
    else if ('all' in invalidation) this.#rules.add({ stamp, mode, target: { all: true } })
  }

  #deliver(frame: Frame): void {
    if (this.#queue) {
      this.#queue.push(frame)
      return
    }
    const queue = [frame]
    this.#queue = queue
    for (let next = queue.shift(); next; next = queue.shift()) {
      this.#applied = next.stamp
      for (const listener of [...this.#listeners])
        if (this.#listeners.has(listener)) void this.#tell(listener.hear, next)
    }
    this.#queue = undefined
  }

  /** Calls at once; waits only to hear of a rejection, where the listener is asynchronous. Never rejects. */
  async #tell<Said>(hear: (said: Said) => void, said: Said): Promise<void> {
    try {
      await hear(said)
    } catch (error) {
      notify(this.#onListenerError, error)
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new ClosedError('bus "memory"')
  }
}

/** Without the error's own words: they may hold a key. */
function warn(error: unknown): void {
  const name = (error as { name?: unknown } | undefined | null)?.name
  process.emitWarning(`a listener of bus "memory" threw ${String(name ?? typeof error)}; set onListenerError`)
}
