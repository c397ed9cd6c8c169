/** Which key a worker reads next: few are read often, most seldom, as by Zipf's law. */
const skew = 0.8

export interface PopularityOptions {
  readonly length: number
  readonly random: () => number
  /** Part of the choices that begin at `shift` instead of at the most popular one. */
  readonly affinity: number
  readonly shift: number
}

/** The index of a key. */
export function createPopularity({ length, random, affinity, shift }: PopularityOptions): () => number {
  let total = 0
  const rising = Float64Array.from({ length }, (_, index) => {
    total += 1 / (index + 1) ** skew
    return total
  })
  return () => {
    const rank = firstAtLeast(rising, random() * total)
    return random() < affinity ? (rank + shift) % length : rank
  }
}

function firstAtLeast(rising: Float64Array, aim: number): number {
  let [low, high] = [0, rising.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rising[middle] ?? 0) < aim) low = middle + 1
    else high = middle
  }
  return low
}
