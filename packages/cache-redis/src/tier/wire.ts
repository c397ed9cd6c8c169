import { createGuard, type Guard, type GuardOptions } from '@greenlang/resilience'
import type { Link, RedisCommand } from '../connect/client.ts'
import { isOutage, toTypedError } from '../error.ts'

/** Commands to Redis, each under the deadline and behind the breaker. Every failure is an error of the family. */
export class Wire {
  readonly #subject: string
  readonly #link: Link
  readonly #guard: Guard

  /** `openLink` is called once the options of the guard were found good: nothing is left open when they are not. */
  constructor(subject: string, openLink: () => Link, options: GuardOptions) {
    this.#subject = subject
    this.#guard = createGuard({ ...options, name: subject, isFailure: isOutage })
    this.#link = openLink()
  }

  command(command: RedisCommand, signal?: AbortSignal): Promise<unknown> {
    return this.#guard.run(inner => this.#send(command, inner), signal)
  }

  /** All in one write, answered in their order, under one deadline. Rejects if one fails, when the others have ended. */
  pipeline(commands: readonly RedisCommand[], signal?: AbortSignal): Promise<unknown[]> {
    return this.#guard.run(async inner => {
      const outcomes = await Promise.allSettled(commands.map(command => this.#send(command, inner)))
      return outcomes.map(outcome => {
        if (outcome.status === 'rejected') throw outcome.reason
        return outcome.value
      })
    }, signal)
  }

  async close(): Promise<void> {
    this.#guard.close()
    await this.#link.close()
  }

  async #send(command: RedisCommand, signal: AbortSignal): Promise<unknown> {
    try {
      return await this.#link.send(command, signal)
    } catch (error) {
      throw toTypedError(this.#subject, String(command[0]), error)
    }
  }
}
