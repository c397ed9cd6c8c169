/** Ranks 0, 1, 2 …, of which rank r is drawn in proportion to 1 / (r + 1) ^ exponent: few are busy, most are not. */
export interface Zipf {
  /** The rank at `fraction`, within [0, 1), of the whole. */
  at(fraction: number): number
}

export function createZipf(size: number, exponent: number): Zipf {
  const cumulative = new Float64Array(size)
  let total = 0
  for (let rank = 0; rank < size; rank++) {
    total += 1 / (rank + 1) ** exponent
    cumulative[rank] = total
  }
  return { at: fraction => firstAbove(cumulative, fraction * total) }
}

/** Index of the first value of an ascending array that is above `target`; the last index if none is. */
export function firstAbove(ascending: Float64Array, target: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] as number) > target) high = middle
    else low = middle + 1
  }
  return low
}
