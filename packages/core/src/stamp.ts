/**
 * A place in the order of invalidations. `history` is born with the bus record and dies with it; `sequence` is counted
 * by the bus. Stamps of unequal history are not comparable.
 */
export interface Stamp {
  readonly history: string
  readonly sequence: number
}

/** The stamp of what was made without a bus. Not comparable with any bus's stamps. */
export const noStamp: Stamp = Object.freeze({ history: '', sequence: 0 })

/** Negative, zero or positive as `a` comes before, with or after `b`; `undefined` if they cannot be compared. */
export function compareStamps(a: Stamp, b: Stamp): number | undefined {
  return a.history === b.history ? a.sequence - b.sequence : undefined
}
