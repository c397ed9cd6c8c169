import { systemClock } from '@greenlang/core'

/** How old a written command may grow while nothing at all is answered, in ms. */
const longestSilenceMs = 1_000

/**
 * Notices a connection that takes commands and answers none. The socket's own timeout does not: each write starts it
 * anew. Replies come in the order of the commands, so any reply speaks for the oldest one.
 */
export class ReplyWatch {
  readonly #onSilence: () => void
  #unanswered = 0
  #quietSince = 0

  constructor(onSilence: () => void) {
    this.#onSilence = onSilence
  }

  /** Counts a command as under way until `reply` settles. A command that was `withdrawn` says nothing. */
  async watch<T>(reply: Promise<T>, withdrawn: AbortSignal): Promise<T> {
    if (this.#unanswered === 0) this.#quietSince = systemClock.now()
    else if (this.#isSilent()) setImmediate(() => this.#giveUp())
    this.#unanswered += 1
    try {
      const answer = await reply
      this.#quietSince = systemClock.now()
      return answer
    } catch (error) {
      if (!withdrawn.aborted) this.#quietSince = systemClock.now()
      throw error
    } finally {
      this.#unanswered -= 1
    }
  }

  #isSilent(): boolean {
    return this.#unanswered > 0 && systemClock.now() - this.#quietSince > longestSilenceMs
  }

  /** One turn of the loop later: after a stall of our own, replies that wait to be read come first. */
  #giveUp(): void {
    if (this.#isSilent()) this.#onSilence()
  }
}
