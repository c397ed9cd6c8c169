/**
 * The gets of one tick, sent together: one MGET for each slot, or a GET for one that is alone; two for the same key are
 * one. They are sent when all that runs in this turn of the event loop has run, promises included: node-redis writes no
 * earlier, so nobody waits longer for it. (64 gets behind up to three promises each: 4 commands after one microtask, 1
 * so; a get alone takes as long either way.) Whoever changes a key calls `flush` first: what was asked before is
 * answered as it was before.
 */
import { type Entry, isGreenlangError } from '@greenlang/core'
import type { RedisReplyError } from '../error.ts'
import { bySlot } from './groups.ts'
import type { KeyOrder } from './order.ts'
import type { Packing, Unpacked } from './packing.ts'
import type { Counts } from './stats.ts'
import { isFailureOfRedis, type Wire } from './wire.ts'

/** Gets in one tick; past it they are sent without waiting for its end. */
const mostWaiting = 4_096

/** A key that is asked for, for one caller or more. */
interface Question<T> {
  readonly key: string
  readonly redisKey: string
  readonly answer: Promise<Entry<T> | undefined>
  readonly resolve: (entry: Entry<T> | undefined) => void
  readonly reject: (error: unknown) => void
  callers: number
}

export class Reads<T> {
  readonly #wire: Wire
  readonly #packing: Packing
  readonly #counts: Counts
  #waiting = new Map<string, Question<T>>()

  constructor(wire: Wire, packing: Packing, counts: Counts) {
    this.#wire = wire
    this.#packing = packing
    this.#counts = counts
  }

  get(key: string, redisKey: string): Promise<Entry<T> | undefined> {
    const asked = this.#waiting.get(redisKey)
    if (asked) {
      asked.callers += 1
      return asked.answer
    }
    const question = newQuestion<T>(key, redisKey)
    if (this.#waiting.size === 0) atEndOfTick(this.#flush)
    this.#waiting.set(redisKey, question)
    if (this.#waiting.size >= mostWaiting) this.flush()
    return question.answer
  }

  flush(): void {
    if (this.#waiting.size > 0) this.#flush()
  }

  readonly #flush = (): void => {
    const questions = [...this.#waiting.values()]
    if (questions.length === 0) return
    this.#waiting = new Map()
    const [first] = questions
    if (questions.length === 1 && first) this.#askOne(first)
    else
      for (const group of bySlot(questions, ({ redisKey }) => this.#wire.slotOf(redisKey)))
        this.#askMany(group)
  }

  /** For one whose key an earlier call has first: waiting, reading and unpacking share one deadline. */
  getAfter(order: KeyOrder, key: string, redisKey: string): Promise<Entry<T> | undefined> {
    const question = newQuestion<T>(key, redisKey)
    this.#askOne(question, send => order.run([redisKey], undefined, send))
    return question.answer
  }

  #askOne(question: Question<T>, inTurn: (send: () => Promise<unknown>) => Promise<unknown> = now): void {
    const { key, redisKey } = question
    this.#counts.reads += 1
    this.#counts.readKeys += 1
    const send = () => this.#wire.send(['GET', redisKey], redisKey)
    this.#wire
      .run(() => inTurn(send).then(reply => this.#packing.unpack<T>(key, reply)))
      .then(
        found => this.#tell(question, found),
        error => {
          if (isNotAString(error)) this.#tell(question, { kind: 'foreign' })
          else this.#fail([question], error)
        },
      )
  }

  #askMany(questions: readonly Question<T>[]): void {
    this.#counts.reads += 1
    this.#counts.readKeys += questions.length
    const redisKeys = questions.map(({ redisKey }) => redisKey)
    const keys = questions.map(({ key }) => key)
    const unpack = (replies: unknown) => this.#packing.unpackAll<T>(keys, replies as readonly unknown[])
    this.#wire
      .run(() => this.#wire.send(['MGET', ...redisKeys], redisKeys[0] ?? '').then(unpack))
      .then(
        found =>
          questions.forEach((question, at) => {
            this.#tell(question, found[at] ?? { kind: 'absent' })
          }),
        error => this.#fail(questions, error),
      )
  }

  #tell({ callers, resolve }: Question<T>, found: Unpacked<T>): void {
    const entry = found.kind === 'entry' ? found.entry : undefined
    this.#counts[entry ? 'hits' : 'misses'] += callers
    if (found.kind === 'foreign') this.#counts.rejected += callers
    resolve(entry)
  }

  #fail(questions: readonly Question<T>[], error: unknown): void {
    for (const { callers, reject } of questions) {
      if (isFailureOfRedis(error)) this.#counts.failures += callers
      reject(error)
    }
  }
}

function newQuestion<T>(key: string, redisKey: string): Question<T> {
  let resolve: Question<T>['resolve'] = ignore
  let reject: Question<T>['reject'] = ignore
  const answer = new Promise<Entry<T> | undefined>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { key, redisKey, answer, resolve, reject, callers: 1 }
}

/** After what is queued now, and after the promises that it settles. */
function atEndOfTick(call: () => void): void {
  queueMicrotask(() => process.nextTick(call))
}

/** Something else than a string under our key is foreign, as foreign bytes are. */
function isNotAString(error: unknown): boolean {
  return isGreenlangError(error, 'REDIS_REPLY') && (error as RedisReplyError).reply === 'WRONGTYPE'
}

function now(send: () => Promise<unknown>): Promise<unknown> {
  return send()
}

function ignore(): void {}
