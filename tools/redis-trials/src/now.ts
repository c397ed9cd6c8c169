/** Milliseconds of the monotonic clock of the host: the same for every process on it, and never set. */
export function now(): number {
  return Number(process.hrtime.bigint()) / nanosecondsPerMs
}

const nanosecondsPerMs = 1e6
