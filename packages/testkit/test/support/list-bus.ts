import {
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
  type Unsubscribe,
} from '@greenlang/core'

/** The shortest bus that holds the contract: what the suite is tried on, whole and with one law broken. */
export class ListBus implements InvalidationBus {
  contract = contractOf('@greenlang/testkit')
  sequence = 0
  listeners = new Set<(frame: Frame) => void>()
  tags = new Map<string, number>()
  recorded: Rule[] = []
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

  sync(): BusSync {
    this.check()
    return { trustedSince: this.sequence, known: this.stamp(), applied: this.stamp() }
  }

  async rules(since: Stamp, tags: readonly string[] = []): Promise<Rules> {
    this.check()
    const after = since.history === 'a history' ? since.sequence : 0
    const found = tags.map(tag => [tag, this.tags.get(tag) ?? 0] as const)
    return {
      known: this.stamp(),
      floor: 0,
      tags: new Map(found.filter(([, sequence]) => sequence > after)),
      rules: this.recorded.filter(rule => rule.stamp.sequence > after),
    }
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
    if ('tags' in target) for (const tag of target.tags) this.tags.set(tag, stamp.sequence)
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
