/**
 * The order of invalidations for one process. `publish` counts and records at once; frames then go to every listener,
 * one frame after the other, before `publish` returns. A listener may publish: its frame waits its turn.
 */
import { randomBytes } from 'node:crypto'
import {
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
  type Rules,
  type Stamp,
  systemClock,
  type Unsubscribe,
} from '@greenlang/core'
import { checkInvalidation } from './check-invalidation.ts'
import { createRuleList } from './rule-list.ts'
import { defaultMaxTags } from './tag-clock.ts'
import { createTagTable, type TagTable } from './tag-table.ts'

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

  async publish(invalidation: Invalidation): Promise<Published> {
    this.#assertOpen()
    const checked = checkInvalidation(invalidation)
    const stamp: Stamp = { history: this.#history, sequence: this.#known.sequence + 1 }
    this.#known = stamp
    this.#record(stamp, checked)
    this.#deliver({ stamp, invalidation: checked, own: true })
    return { stamp, propagated: true }
  }

  subscribe(listener: (frame: Frame) => void): Unsubscribe {
    this.#assertOpen()
    const subscription = { hear: listener }
    this.#listeners.add(subscription)
    return () => void this.#listeners.delete(subscription)
  }

  sync(): BusSync {
    this.#assertOpen()
    return { trustedSince: this.#clock.now(), known: this.#known, applied: this.#applied }
  }

  async rules(since: Stamp, tags: readonly string[] = []): Promise<Rules> {
    this.#assertOpen()
    const after = since.history === this.#history ? since.sequence : 0
    const newer = new Map<string, number>()
    for (const tag of tags) {
      const sequence = this.#tags.get(tag)
      if (sequence !== undefined && sequence > after) newer.set(tag, sequence)
    }
    return { known: this.#known, floor: this.#tags.floor, tags: newer, rules: this.#rules.newerThan(since) }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#listeners.clear()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #record(stamp: Stamp, invalidation: Invalidation): void {
    const { mode } = invalidation
    if ('tags' in invalidation) for (const tag of invalidation.tags) this.#tags.record(tag, stamp.sequence)
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
  async #tell(hear: (frame: Frame) => void, frame: Frame): Promise<void> {
    try {
      await hear(frame)
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
