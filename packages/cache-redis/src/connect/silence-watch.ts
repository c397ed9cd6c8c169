/**
 * Notices a connection that takes commands and answers none. The socket's own timeout does not: each write starts it
 * anew, and a written command has no other. Replies come in the order of the commands, so that any reply speaks for the
 * oldest one.
 *
 * A command costs a count. While any is unanswered the counts are looked at four times a second; silence is what several
 * looks in a row saw no reply in. Looks are counted, not time: after a stall of our own loop one look is late, and the
 * replies that wait are read before the next. Rejected: the time of each reply, which is a call of the clock a command.
 */
import { systemClock } from '@greenlang/core'

const lookEveryMs = 250
/** Looks that see nothing answered: a silence of 1 to 1.25 s. */
const mostQuietLooks = 4
/** An idle connection is asked after this long, so that its silence shows as well. */
const pingEveryMs = 1_000

export interface SilenceWatchOptions {
  /** Ends the watch. */
  readonly signal: AbortSignal
  /** Called back once. */
  onSilence(): void
  /** Sends something that is answered, and is told to this watch as every command is. */
  ping(): void
}

export class SilenceWatch {
  readonly #options: SilenceWatchOptions
  #sent = 0
  #answered = 0
  #looking = false

  constructor(options: SilenceWatchOptions) {
    this.#options = options
    this.#askWhenIdle().catch(ignore)
  }

  get unanswered(): number {
    return this.#sent - this.#answered
  }

  sent(): void {
    this.#sent += 1
    if (this.#looking) return
    this.#looking = true
    this.#look().catch(ignore)
  }

  answered(): void {
    this.#answered += 1
  }

  async #look(): Promise<void> {
    let quietLooks = 0
    while (this.unanswered > 0) {
      const seen = this.#answered
      await this.#sleep(lookEveryMs)
      quietLooks = seen === this.#answered ? quietLooks + 1 : 0
      if (quietLooks >= mostQuietLooks) return this.#options.onSilence()
    }
    this.#looking = false
  }

  async #askWhenIdle(): Promise<void> {
    for (;;) {
      const seen = this.#answered
      await this.#sleep(pingEveryMs)
      if (seen === this.#answered && this.unanswered === 0) this.#options.ping()
    }
  }

  #sleep(ms: number): Promise<void> {
    return systemClock.sleep(ms, { signal: this.#options.signal, ref: false })
  }
}

function ignore(): void {}
