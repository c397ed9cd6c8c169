/**
 * Calls of the script, each under the deadline. What is under way is counted until Redis has answered, not until its
 * caller gave up: a Redis that answers nothing is sent no more than so much. There is no breaker: beats go on, as the
 * first that is answered is the news that Redis is back.
 *
 * A beat of before the subscription stood is sent again: its message was lost. As a bus begins with a beat, and says
 * nothing before its answer, no frame of its own is published before it can hear.
 */
import { type GreenlangError, isGreenlangError, notify } from '@greenlang/core'
import type { Standing } from '@greenlang/core/coherence'
import { createGuard, type Guard } from '@greenlang/resilience'
import type { BusLink, RedisCommand } from '../connect/link.ts'
import { RedisReplyError, RedisUnavailableError, toTypedError } from '../error.ts'
import type { BusNames } from './names.ts'
import type { CheckedBusOptions } from './options.ts'
import { byHash, byText, callOf, isUnknownScript, type Operation } from './script.ts'

/** Calls that Redis has not answered. */
const mostUnderWay = 10_000
export class BusCalls {
  readonly #options: CheckedBusOptions
  readonly #subject: string
  readonly #names: BusNames
  readonly #link: BusLink
  readonly #guard: Guard
  readonly #subscribed: Promise<void>
  #isSubscribed = false
  #onSubscribed: () => void = ignore
  #failures = 0
  #underWay = 0
  #beats = 0

  constructor(options: CheckedBusOptions, names: BusNames, link: BusLink) {
    const { name, deadlineMs, clock } = options
    this.#options = options
    this.#subject = `bus "${name}"`
    this.#names = names
    this.#link = link
    this.#guard = createGuard({ name: this.#subject, deadline: deadlineMs, clock, isFailure: () => false })
    this.#subscribed = new Promise(resolve => {
      this.#onSubscribed = resolve
    })
  }

  /** Frames and beats are heard from now on. */
  subscribed(): void {
    this.#isSubscribed = true
    this.#onSubscribed()
  }

  /** Beats that Redis has not answered. */
  get beats(): number {
    return this.#beats
  }

  /** Calls that failed so far. */
  get failures(): number {
    return this.#failures
  }

  /** What `read` makes of the answer; it answers `undefined` for what our script never says. */
  async call<T>(
    operation: Operation,
    standing: Standing,
    args: readonly string[],
    read: (reply: unknown) => T | undefined,
  ): Promise<T> {
    try {
      const reply = await this.#guard.run(() => this.#counted(operation, standing, args))
      const answer = read(reply)
      if (answer === undefined) throw new RedisReplyError(this.#subject, 'EVALSHA', 'MALFORMED')
      return answer
    } catch (error) {
      const typed = toTypedError(this.#subject, 'EVALSHA', error)
      if (!isGreenlangError(typed, 'CLOSED')) this.#tell(typed)
      throw typed
    }
  }

  async close(): Promise<void> {
    this.#guard.close()
    this.#onSubscribed()
    await this.#link.close()
  }

  async #counted(operation: Operation, standing: Standing, args: readonly string[]): Promise<unknown> {
    if (this.#underWay >= mostUnderWay) throw new RedisUnavailableError(this.#subject, 'BUSY')
    const isBeat = operation === 'beat'
    this.#underWay += 1
    if (isBeat) this.#beats += 1
    try {
      const call = callOf(this.#names, operation, standing, args)
      if (isBeat) return await this.#beat(call)
      return (operation === 'record' || operation === 'tell') && this.#options.minReplicas > 0
        ? await this.#toReplicas(call)
        : await this.#evaluate(call)
    } finally {
      this.#underWay -= 1
      if (isBeat) this.#beats -= 1
    }
  }

  async #beat(call: RedisCommand): Promise<unknown> {
    const reply = await this.#evaluate(call)
    if (this.#isSubscribed) return reply
    await this.#subscribed
    return this.#evaluate(call)
  }

  async #evaluate(call: RedisCommand): Promise<unknown> {
    try {
      return await this.#link.send(byHash(call))
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return this.#link.send(byText(call))
    }
  }

  /** WAIT speaks of what its connection wrote before, and goes out with the call: one round trip. */
  async #toReplicas(call: RedisCommand): Promise<unknown> {
    const { minReplicas, deadlineMs } = this.#options
    // It holds up the beats behind it, so half the deadline is left to those.
    const wait = ['WAIT', String(minReplicas), String(Math.ceil(deadlineMs / 2))]
    const recorded = async (command: RedisCommand) => {
      const [reply, reached] = await Promise.all([this.#link.send(command), this.#link.send(wait)])
      if (Number(reached) < minReplicas) throw new RedisReplyError(this.#subject, 'WAIT', 'NOREPLICAS')
      return reply
    }
    try {
      return await recorded(byHash(call))
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return recorded(byText(call))
    }
  }

  #tell(error: GreenlangError): void {
    this.#failures += 1
    notify(this.#options.onError, error)
  }
}

function ignore(): void {}
