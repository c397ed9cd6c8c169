/** A copy in random order. */
export function shuffled<Item>(items: readonly Item[]): Item[] {
  const lots = items.map(item => ({ item, lot: Math.random() }))
  return lots.sort((a, b) => a.lot - b.lot).map(({ item }) => item)
}
