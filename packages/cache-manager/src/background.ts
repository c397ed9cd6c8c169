import { notify } from '@greenlang/core'

/** Work that no caller waits for, so that `close` and `drain` can. */
export interface Background {
  /** What is under way. */
  readonly size: number
  track(work: PromiseLike<unknown>): void
  /** Resolves once nothing is under way. */
  idle(): Promise<void>
}

/** @param keepAlive Told of each piece of work: for platforms that freeze a process once its answer is sent. */
export function createBackground(keepAlive?: (work: Promise<unknown>) => void): Background {
  const running = new Set<PromiseLike<unknown>>()
  return {
    get size() {
      return running.size
    },
    track(work) {
      running.add(work)
      const end = () => void running.delete(work)
      const ended = work.then(end, end)
      if (keepAlive) notify(keepAlive, Promise.resolve(ended))
    },
    async idle() {
      while (running.size > 0) await Promise.allSettled(running)
    },
  }
}
