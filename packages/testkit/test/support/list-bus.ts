import { isDeepStrictEqual } from 'node:util'
import {
  type BusEvent,
  type BusSync,
  ClosedError,
  contractOf,
  type Frame,
  InvalidArgumentError,
  type Invalidation,
  type InvalidationBus,
  type Published,
  type Rule,
  type Rules,
  type Stamp,
  type TagMark,
  type Unsubscribe,
} from '@greenlang/core'

/** The shortest bus that holds the contract: what the suite is tried on, whole and with one law broken. */
export class ListBus implements InvalidationBus {
  contract = contractOf('@greenlang/testkit')
  sequence = 0
  listeners = new Set<(frame: Frame) => void>()
  watchers = new Set<(event: BusEvent) => void>()
  tags = new Map<string, TagMark>()
  recorded: Rule[] = []
  retired = 0
  closed = false

  async publish(invalidation: Invalidation): Promise<Published> {
    this.check()
    checkInvalidation(invalidation)
    this.sequence += 1
    const stamp = this.stamp()
    const copy = structuredClone(invalidation)
    this.record(stamp, copy)
    this.deliver({ stamp, invalidation: copy, own: true })
    return { stamp, propagated: true }
  }

  subscribe(listener: (frame: Frame) => void): Unsubscribe {
    this.check()
    const each = (frame: Frame) => listener(frame)
    this.listeners.add(each)
    return () => this.listeners.delete(each)
  }

  watch(listener: (event: BusEvent) => void): Unsubscribe {
    this.check()
    const each = (event: BusEvent) => listener(event)
    this.watchers.add(each)
    return () => this.watchers.delete(each)
  }

  sync(): BusSync {
    this.check()
    return { trustedSince: this.sequence, known: this.stamp(), applied: this.stamp(), leaseMs: 1_000 }
  }

  resume(after: Stamp): void {
    this.check()
    const { history, sequence } = this.stamp()
    if (after.history !== history || after.sequence < sequence) for (const tell of this.watchers) tell('lost')
  }

  async rules(since: Stamp, tags: readonly string[] = []): Promise<Rules> {
    this.check()
    const after = since.history === 'a history' ? since.sequence : 0
    const asked = [...this.tags].filter(([tag, { sequence }]) => tags.includes(tag) && sequence > after)
    return {
      known: this.stamp(),
      floor: 0,
      tags: new Map(asked),
      rules: this.recorded.filter(rule => rule.stamp.sequence > after),
      retired: this.retired,
    }
  }

  async retire(rule: Rule): Promise<void> {
    this.check()
    const rest = this.recorded.filter(held => !isDeepStrictEqual(held, rule))
    if (rest.length < this.recorded.length) this.retired = Math.max(this.retired, rule.stamp.sequence)
    this.recorded = rest
  }

  async close(): Promise<void> {
    this.closed = true
    this.listeners.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  stamp(): Stamp {
    return { history: 'a history', sequence: this.sequence }
  }

  deliver(frame: Frame): void {
    for (const listener of this.listeners)
      try {
        listener(frame)
      } catch {
        // The next listener is to hear the frame all the same.
      }
  }

  record(stamp: Stamp, { mode, ...target }: Invalidation): void {
    if ('tags' in target)
      for (const tag of target.tags) {
        const deleted = this.tags.get(tag)?.mode === 'delete'
        this.tags.set(tag, { sequence: stamp.sequence, mode: deleted ? 'delete' : mode })
      }
    if ('pattern' in target || 'all' in target) this.recorded.push({ stamp, mode, target })
    if (this.recorded.length > 64) this.recorded = [{ stamp, mode: 'delete', target: { all: true } }]
  }

  check(): void {
    if (this.closed) throw new ClosedError('bus')
  }
}

function checkInvalidation(invalidation: unknown): void {
  const { mode, keys, tags, pattern, all } = (invalidation ?? {}) as Record<string, unknown>
  const list = keys ?? tags
  const named = Array.isArray(list) && list.length > 0 && list.every(name => typeof name === 'string')
  const known = mode === 'delete' || mode === 'invalidate'
  if (known && (named || typeof pattern === 'string' || all === true)) return
  throw new InvalidArgumentError('invalidation', 'one that names something', invalidation)
}
