/** Ranks by Zipf's law: rank r comes with weight 1 / (r + 1) ** skew. */
export function zipfRanks(count: number, skew: number, random: () => number): () => number {
  const upTo = new Float64Array(count)
  let total = 0
  for (let rank = 0; rank < count; rank += 1) {
    total += 1 / (rank + 1) ** skew
    upTo[rank] = total
  }
  return () => firstAbove(upTo, random() * total)
}

function firstAbove(rising: Float64Array, aim: number): number {
  let [low, high] = [0, rising.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rising[middle] as number) > aim) high = middle
    else low = middle + 1
  }
  return low
}
