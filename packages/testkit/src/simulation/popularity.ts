/** Which key a process reads next: few are read often, most seldom, as by Zipf's law. */
import type { CatalogueKey } from './catalogue.ts'
import type { Machine } from './machine.ts'
import type { Trial } from './trial.ts'

const skew = 0.8

export function createPopularity(
  { world, mix }: Trial,
  catalogue: readonly CatalogueKey[],
): (machine: Machine) => CatalogueKey | undefined {
  const { length } = catalogue
  let total = 0
  const weights = catalogue.map((_, index) => {
    total += 1 / (index + 1) ** skew
    return total
  })
  return machine => {
    const rank = firstAtLeast(weights, world.random() * total)
    const shift = world.random() < mix.affinity ? Math.floor((machine.number * length) / mix.processes) : 0
    return catalogue[(rank + shift) % length]
  }
}

/** Index of the first that is not below `aim`, in a rising list. */
function firstAtLeast(rising: readonly number[], aim: number): number {
  let [low, high] = [0, rising.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rising[middle] ?? 0) < aim) low = middle + 1
    else high = middle
  }
  return low
}
