/**
 * How the clock of a server stands to that of this process, from the times of its replies: Cristian, Probabilistic clock
 * synchronization, 1989. The answer of the fastest exchange is the best; its error is at most half of what that took.
 */
export interface ServerClock {
  /** One exchange: sent and answered by the clock here, and what the server's clock said between; ms. */
  sample(sentAt: number, answeredAt: number, serverAt: number): void
  /** Another server may answer from now on: what was learnt proves nothing. */
  reset(): void
  /** The same moment by the server's clock, never later than it is there; `undefined` before the first sample. */
  toServer(date: number): number | undefined
  /** The same moment by the clock here, never later than it is. */
  fromServer(date: number): number | undefined
}

const samplesKept = 16

export function createServerClock(): ServerClock {
  let samples: { readonly offset: number; readonly error: number }[] = []
  const best = () =>
    samples.reduce<(typeof samples)[number] | undefined>(
      (least, one) => (least === undefined || one.error < least.error ? one : least),
      undefined,
    )
  return {
    sample(sentAt, answeredAt, serverAt) {
      const error = (answeredAt - sentAt) / 2
      samples = [{ offset: serverAt - sentAt - error, error }, ...samples].slice(0, samplesKept)
    },
    reset() {
      samples = []
    },
    toServer(date) {
      const least = best()
      return least && date + least.offset - least.error
    },
    fromServer(date) {
      const least = best()
      return least && date - least.offset - least.error
    },
  }
}
