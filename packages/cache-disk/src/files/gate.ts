import { DiskBusyError } from '../error.ts'

const atOnce = 16
const mostWaiting = 1024

/** Lets some tasks run at once, each of which holds a file open; the others wait in order, up to a bound. */
export class Gate {
  readonly #waiting: (() => void)[] = []
  #running = 0

  /** @throws DiskBusyError where too many wait already. */
  async run<R>(task: () => Promise<R>): Promise<R> {
    if (this.#running < atOnce) this.#running += 1
    else if (this.#waiting.length >= mostWaiting) throw new DiskBusyError(mostWaiting)
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running -= 1
    }
  }
}
