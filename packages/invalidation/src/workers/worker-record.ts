/**
 * Keeps the order of invalidations for all threads of this process. One thread opens it, the main one as a rule; the buses of all
 * threads ask it over a BroadcastChannel, and hear from it.
 */
import { randomBytes } from 'node:crypto'
import { BroadcastChannel } from 'node:worker_threads'
import { checkInteger, checkOptions, checkText } from '@greenlang/core'
import { defaultMaxTags } from '../tag-clock.ts'
import { FrameRecord } from './frame-record.ts'
import { type Message, pack, type Question, unpack } from './messages.ts'

export interface WorkerRecordOptions {
  /** Of the channel: the same for the record and its buses, and not used for anything else. Not empty. Default `'greenlang'`. */
  name?: string
  /** Tags whose last invalidation is remembered; the oldest goes first. Whole, >= 1. Default `10_000`. */
  maxTags?: number
  /** How many frames are remembered at least, for threads that missed some. Whole, >= 1. Default `10_000`. */
  maxFrames?: number
}

export interface WorkerRecord extends Disposable {
  /** Whether it answers: not once it heard that a record of this name was there before it. */
  readonly active: boolean
  /** Idempotent. The buses then find nobody, until another is opened. */
  close(): void
}

/**
 * Does not keep the process alive.
 * @throws InvalidOptionError for a bad option.
 */
export function workerRecord(options: WorkerRecordOptions = {}): WorkerRecord {
  checkOptions('workerRecord', options, ['name', 'maxTags', 'maxFrames'])
  const { name = defaultName, maxTags = defaultMaxTags, maxFrames = defaultMaxFrames } = options
  return new ChannelRecord(checkText('name', name), {
    maxTags: checkInteger('maxTags', maxTags, 1),
    maxFrames: checkInteger('maxFrames', maxFrames, 1),
  })
}

export const defaultName = 'greenlang'
const defaultMaxFrames = 10_000
const idBytes = 16

class ChannelRecord implements WorkerRecord {
  readonly #channel: BroadcastChannel
  readonly #record: FrameRecord
  readonly #id = randomBytes(idBytes).toString('hex')
  readonly #since: number
  #active = true

  constructor(name: string, limits: { readonly maxTags: number; readonly maxFrames: number }) {
    this.#record = new FrameRecord(this.#id, limits)
    this.#channel = new BroadcastChannel(name)
    this.#channel.onmessage = event => this.#hear(unpack((event as { data?: unknown }).data))
    this.#channel.unref()
    // Once it hears: of two that begin at the same time the older one then hears of the younger one.
    this.#since = Number(process.hrtime.bigint())
    this.#send({ kind: 'begin', record: this.#id, since: this.#since })
  }

  get active(): boolean {
    return this.#active
  }

  close(): void {
    this.#active = false
    this.#channel.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #hear(message: Message | undefined): void {
    if (message === undefined || !this.#active) return
    if (message.kind === 'ask') this.#answer(message)
    else if (message.kind === 'begin') this.#meet(message)
    else if (message.kind === 'there' && message.to === this.#id) this.#yield()
  }

  #meet({ record, since }: Message & { kind: 'begin' }): void {
    const isOlder = this.#since === since ? this.#id < record : this.#since < since
    if (isOlder) this.#send({ kind: 'there', to: record })
  }

  /** Of two orders one would be wrong: that of who came first stays. */
  #yield(): void {
    this.#active = false
    process.emitWarning(
      'another record answers on this channel already: open one, in one thread; this one keeps silent',
    )
  }

  #answer({ from, id, question }: Message & { kind: 'ask' }): void {
    this.#record.meet(question.standing)
    // What it tells all comes before its answer.
    const value = this.#do(question, from)
    this.#send({ kind: 'reply', to: from, id, value })
  }

  #do(question: Question, from: string): unknown {
    switch (question.call) {
      case 'record': {
        const frame = this.#record.append(question.invalidation, question.standing.origin)
        this.#send({ kind: 'frame', frame })
        return frame.stamp
      }
      case 'beat': {
        const stamp = this.#record.known
        this.#send({ kind: 'beat', to: from, sentAt: question.sentAt, stamp })
        return stamp
      }
      case 'replay':
        return this.#record.replay(question.after)
      case 'rules':
        return this.#record.rules(question.since, question.tags)
      case 'retire':
        return this.#record.retire(question.rule)
    }
  }

  #send(message: Message): void {
    this.#channel.postMessage(pack(message))
  }
}
