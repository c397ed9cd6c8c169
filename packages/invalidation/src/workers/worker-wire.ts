/** How the bus of one thread asks the record, and hears frames and beats. */
import { BroadcastChannel } from 'node:worker_threads'
import {
  type Clock,
  ClosedError,
  type Invalidation,
  type Rule,
  type Rules,
  type Stamp,
} from '@greenlang/core'
import type { BusReceiver, BusWire, Replay, Standing } from '@greenlang/core/coherence'
import { within } from '../within.ts'
import { type Message, pack, type Question, unpack } from './messages.ts'

export interface WorkerWireOptions {
  readonly name: string
  /** Of this bus, among all threads. */
  readonly id: string
  readonly deadlineMs: number
  readonly clock: Clock
}

export class WorkerWire implements BusWire {
  readonly #options: WorkerWireOptions
  readonly #channel: BroadcastChannel
  readonly #waiting = new Map<number, (value: unknown) => void>()
  readonly #closing = new AbortController()
  #receiver: BusReceiver | undefined
  #asked = 0
  #held = 0

  constructor(options: WorkerWireOptions) {
    this.#options = options
    this.#channel = new BroadcastChannel(options.name)
    this.#channel.onmessage = event => this.#hear(unpack((event as { data?: unknown }).data))
    this.#channel.unref()
  }

  open(receiver: BusReceiver): void {
    this.#receiver = receiver
  }

  close(): void {
    this.#receiver = undefined
    this.#closing.abort(new ClosedError(`bus "${this.#options.name}"`))
    this.#channel.close()
  }

  /** The process lives on while somebody waits; a beat is nobody's. */
  async held<T>(work: () => Promise<T>): Promise<T> {
    this.#held += 1
    this.#channel.ref()
    try {
      return await work()
    } finally {
      this.#held -= 1
      if (this.#held === 0) this.#channel.unref()
    }
  }

  record(standing: Standing, invalidation: Invalidation): Promise<Stamp> {
    return this.#ask({ call: 'record', standing, invalidation }) as Promise<Stamp>
  }

  beat(standing: Standing, sentAt: number): Promise<Stamp> {
    return this.#ask({ call: 'beat', standing, sentAt }) as Promise<Stamp>
  }

  replay(standing: Standing, after: Stamp): Promise<Replay> {
    return this.#ask({ call: 'replay', standing, after }) as Promise<Replay>
  }

  rules(standing: Standing, since: Stamp, tags: readonly string[]): Promise<Rules> {
    return this.#ask({ call: 'rules', standing, since, tags }) as Promise<Rules>
  }

  async retire(standing: Standing, rule: Rule): Promise<void> {
    await this.#ask({ call: 'retire', standing, rule })
  }

  async #ask(question: Question): Promise<unknown> {
    const { name, id: from, deadlineMs: limitMs, clock } = this.#options
    this.#asked += 1
    const id = this.#asked
    const answer = new Promise<unknown>(resolve => {
      this.#waiting.set(id, resolve)
    })
    const { signal } = this.#closing
    try {
      signal.throwIfAborted()
      this.#channel.postMessage(pack({ kind: 'ask', from, id, question }))
      return await within(answer, { subject: `the record of bus "${name}"`, limitMs, clock, signal })
    } finally {
      this.#waiting.delete(id)
    }
  }

  #hear(message: Message | undefined): void {
    const { id } = this.#options
    if (message?.kind === 'frame') this.#receiver?.frame(message.frame)
    else if (message?.kind === 'beat' && message.to === id)
      this.#receiver?.beat(message.sentAt, message.stamp)
    else if (message?.kind === 'reply' && message.to === id) this.#waiting.get(message.id)?.(message.value)
  }
}
