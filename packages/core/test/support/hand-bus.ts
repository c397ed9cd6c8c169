import {
  type BusEvent,
  type BusSync,
  type Clock,
  contractOf,
  type Frame,
  type Invalidation,
  type InvalidationBus,
  type Published,
  type Rule,
  type Rules,
  type Stamp,
  type Unsubscribe,
} from '../../src/index.ts'

/** A bus whose other processes are the test. It counts, and delivers own frames before it answers. */
export class HandBus implements InvalidationBus {
  readonly contract = contractOf('@greenlang/core')
  readonly published: Invalidation[] = []
  readonly retired: Rule[] = []
  readonly resumed: Stamp[] = []
  readonly listeners = new Set<(frame: Frame) => void>()
  readonly watchers = new Set<(event: BusEvent) => void>()
  sequence: number
  /** Nothing can be sent, and nobody answers. */
  down = false
  leaseMs = 1_000
  /** Default: now, as if beats came all the time. */
  trustedSince: number | undefined
  /** Runs as the record is asked, before it answers. */
  onRules: () => void = () => {}
  record: Partial<Rules> = {}
  readonly #clock: Clock

  constructor(clock: Clock, sequence = 0) {
    this.#clock = clock
    this.sequence = sequence
  }

  async publish(invalidation: Invalidation, from?: string): Promise<Published> {
    if (this.down) return { propagated: false }
    this.published.push(invalidation)
    return { stamp: this.#send(invalidation, true, from), propagated: true }
  }

  /** Another process invalidates. */
  tell(invalidation: Invalidation): void {
    this.#send(invalidation, false)
  }

  befall(event: BusEvent): void {
    for (const watcher of this.watchers) watcher(event)
  }

  subscribe(listener: (frame: Frame) => void): Unsubscribe {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  watch(listener: (event: BusEvent) => void): Unsubscribe {
    this.watchers.add(listener)
    return () => void this.watchers.delete(listener)
  }

  sync(): BusSync {
    const trustedSince = this.trustedSince ?? this.#clock.now()
    return { trustedSince, known: this.stamp(), applied: this.stamp(), leaseMs: this.leaseMs }
  }

  resume(after: Stamp): void {
    this.resumed.push(after)
  }

  async rules(): Promise<Rules> {
    if (this.down) throw new Error('no answer')
    this.onRules()
    return { known: this.stamp(), floor: 0, tags: new Map(), rules: [], retired: 0, ...this.record }
  }

  async retire(rule: Rule): Promise<void> {
    this.retired.push(rule)
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  stamp(sequence = this.sequence): Stamp {
    return { history: 'h', sequence }
  }

  #send(invalidation: Invalidation, own: boolean, from?: string): Stamp {
    this.sequence += 1
    const stamp = this.stamp()
    for (const listener of this.listeners)
      listener({ stamp, invalidation, own, ...(from === undefined ? {} : { from }) })
    return stamp
  }
}
