/** Lets at most `limit` tasks run at once; the others wait in order. Each holds a file open, and those are scarce. */
export class Limiter {
  readonly #limit: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  async run<R>(task: () => Promise<R>): Promise<R> {
    if (this.#running < this.#limit) this.#running += 1
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
