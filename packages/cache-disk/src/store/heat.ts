/**
 * How much an entry is read: a count in which each read is worth half as much an hour later. Kept as its logarithm at the
 * epoch, `log2(count) + time / hour`, which orders entries without being brought up to date: a forward-decayed count
 * (Cormode, Shkapenyuk, Srivastava, Xu, "Forward Decay", ICDE 2009).
 */
const halfLifeMs = 3_600_000

/** The score after one more use at `now`. @param score 0 for one that was never used. */
export function warmed(score: number, now: number): number {
  const hours = now / halfLifeMs
  return Math.log2(2 ** Math.min(score - hours, 1000) + 1) + hours
}

/** How many recent uses a score stands for at `now`. */
export function usesOf(score: number, now: number): number {
  return score === 0 ? 0 : 2 ** (score - now / halfLifeMs)
}
