/** What was opened, closed in the opposite order, each exactly once, whatever failed in between. */
export interface Cleanup {
  add(close: () => Promise<unknown>): void
  /** Closes all; the first failure is thrown after the last close. Idempotent. */
  run(): Promise<void>
}

export function createCleanup(): Cleanup {
  const closers: (() => Promise<unknown>)[] = []
  let running: Promise<void> | undefined
  const closeAll = async () => {
    const failures: unknown[] = []
    for (let close = closers.pop(); close; close = closers.pop())
      await close().catch(error => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
  return {
    add: close => closers.push(close),
    run: () => {
      running ??= closeAll()
      return running
    },
  }
}
