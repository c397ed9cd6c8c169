/** Commands to Redis, under the deadline and behind the breaker. Every failure is an error of the family. */
import {
  type Awaitable,
  type CircuitState,
  isGreenlangError,
  systemClock,
  type Unsubscribe,
} from '@greenlang/core'
import { createGuard, type Guard, type GuardOptions } from '@greenlang/resilience'
import type { Link, RedisCommand, Send } from '../connect/link.ts'
import { isOutage, toTypedError } from '../error.ts'
import { byHash, byText, isUnknownScript, type ScriptCall } from './script.ts'

export class Wire {
  readonly #subject: string
  readonly #link: Link
  readonly #guard: Guard

  /** `open` is called once the options of the guard were found good: nothing is left open when they are not. */
  constructor(subject: string, open: () => Link, options: GuardOptions) {
    this.#subject = subject
    this.#guard = createGuard({ ...options, name: subject, isFailure })
    this.#link = open()
  }

  get circuit(): CircuitState {
    return this.#guard.state
  }

  slotOf(redisKey: string): number {
    return this.#link.slotOf(redisKey)
  }

  watch(listener: () => void): Unsubscribe {
    return this.#link.watch(listener)
  }

  /** What `operation` sends, and waits for: one command, or many in one write, under one deadline. */
  run<R>(operation: () => Awaitable<R>, signal?: AbortSignal): Promise<R> {
    return this.#guard.run(operation, signal)
  }

  /** One command, to be called within `run`. */
  send(command: RedisCommand, key: string): Promise<unknown> {
    return this.#link.send(command, key).then(undefined, error => this.#fail(command, error))
  }

  /** One call of the script, to be called within `run`; `key` says which server. */
  call(call: ScriptCall, key: string): Promise<unknown> {
    return this.#link
      .send(byHash(call), key)
      .catch(error => {
        if (!isUnknownScript(error)) throw error
        return this.#link.send(byText(call), key)
      })
      .then(undefined, error => this.#fail(['EVALSHA'], error))
  }

  /**
   * TIME of the server that has `key`; where that is silent for `patienceMs`, of whichever primary answers first. Past
   * the breaker, and it may hang.
   */
  time(key: string, patienceMs: number): Promise<unknown> {
    const first = this.send(['TIME'], key)
    let isSilent = true
    const heard = () => {
      isSilent = false
    }
    first.then(heard, heard)
    const others = async () => {
      await systemClock.sleep(patienceMs, { ref: false })
      if (!isSilent) return first
      const ways = await this.#link.primaries()
      return Promise.any(ways.map(way => way(['TIME'])))
    }
    return Promise.race([first, others().catch(() => first)])
  }

  /** The ways to each primary there is, for what concerns a whole server; each is to be called within `run`. */
  async primaries(): Promise<readonly Send[]> {
    const ways = await this.run(() =>
      this.#link.primaries().then(undefined, error => this.#fail(['SCAN'], error)),
    )
    return ways.map(way => command => way(command).then(undefined, error => this.#fail(command, error)))
  }

  async close(): Promise<void> {
    this.#guard.close()
    await this.#link.close()
  }

  #fail(command: RedisCommand, error: unknown): never {
    throw toTypedError(this.#subject, String(command[0]), error)
  }
}

/** What every one of them gives; the first failure is told when all have ended, so that nothing of them goes on. */
export async function all<R>(pending: readonly Promise<R>[]): Promise<R[]> {
  const outcomes = await Promise.allSettled(pending)
  return outcomes.map(outcome => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

/** A value that no codec takes says nothing about Redis. */
function isFailure(error: unknown): boolean {
  return isOutage(error) && !isGreenlangError(error, 'UNSUPPORTED_VALUE')
}

const failureCodes = ['DEADLINE', 'CIRCUIT_OPEN', 'REDIS_UNAVAILABLE', 'REDIS_REPLY']

/** Whether Redis, or the way there, is to blame, as against misuse and values that no codec takes. */
export function isFailureOfRedis(error: unknown): boolean {
  return failureCodes.some(code => isGreenlangError(error, code))
}
