/** Work that no caller waits for, so that `close` can. */
export interface Background {
  /** @param work Must never reject. */
  track(work: PromiseLike<unknown>): void
  /** Resolves once nothing is under way. */
  idle(): Promise<void>
}

export function createBackground(): Background {
  const running = new Set<PromiseLike<unknown>>()
  return {
    track(work) {
      running.add(work)
      const end = () => void running.delete(work)
      work.then(end, end)
    },
    async idle() {
      while (running.size > 0) await Promise.allSettled(running)
    },
  }
}
