/** What every operation of a tier works with, made once. */
import { type Awaitable, ClosedError, parseDuration } from '@greenlang/core'
import type { GuardOptions } from '@greenlang/resilience'
import type { Link } from '../connect/link.ts'
import { redisKey } from './keys.ts'
import type { CheckedOptions } from './options.ts'
import { KeyOrder } from './order.ts'
import { Packing } from './packing.ts'
import { Reads } from './reads.ts'
import { ServerTime } from './server-time.ts'
import { type Counts, newCounts } from './stats.ts'
import { isFailureOfRedis, Wire } from './wire.ts'

const defaultDeadline = '250ms'
/** Part of a deadline after which others are asked for the time. */
const shareOfPatience = 3
const mostPatienceMs = 200

export class Parts<T> {
  readonly options: CheckedOptions
  readonly subject: string
  readonly counts: Counts = newCounts()
  readonly wire: Wire
  readonly order: KeyOrder
  readonly time: ServerTime
  readonly packing: Packing
  readonly reads: Reads<T>
  readonly #unwatch: () => void
  #closing: Promise<void> | undefined

  constructor(options: CheckedOptions, open: () => Link, guardOptions: GuardOptions) {
    this.options = options
    this.subject = `tier "${options.name}"`
    this.wire = new Wire(this.subject, open, guardOptions)
    this.order = new KeyOrder(this.subject, () => this.reads.flush())
    // One key for all processes with this prefix: in a cluster they ask the same server.
    const anyKey = redisKey(options.prefix, '')
    const deadlineMs = parseDuration('deadline', guardOptions.deadline ?? defaultDeadline)
    this.time = new ServerTime(this.subject, () =>
      this.wire.time(anyKey, Math.min(deadlineMs / shareOfPatience, mostPatienceMs)),
    )
    this.packing = new Packing(options, this.time)
    this.reads = new Reads<T>(this.wire, this.packing, this.counts)
    this.#unwatch = this.wire.watch(() => this.time.reset())
    this.time.known()?.catch(ignore)
  }

  get closed(): boolean {
    return this.#closing !== undefined
  }

  /** One logical operation: refused once closed or left, counted if it fails. What was asked before is sent before. */
  async operate<R>(signal: AbortSignal | undefined, operation: () => Awaitable<R>): Promise<R> {
    this.checkOpen()
    signal?.throwIfAborted()
    this.reads.flush()
    try {
      return await operation()
    } catch (error) {
      const left = signal?.aborted && error === signal.reason
      if (!left && isFailureOfRedis(error)) this.counts.failures += 1
      throw error
    }
  }

  /** @throws ClosedError */
  checkOpen(): void {
    if (this.closed) throw new ClosedError(this.subject)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.reads.flush()
    this.#unwatch()
    this.time.close(new ClosedError(this.subject))
    await this.wire.close()
  }
}

function ignore(): void {}
