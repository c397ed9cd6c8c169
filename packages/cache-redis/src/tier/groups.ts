/** Keys that one command may take: of one slot, and not too many, as Redis serves nobody else meanwhile. */
const keysPerCommand = 64

/** `items` in groups of one slot each, at most `size` long, in their order within a slot. */
export function bySlot<Item>(
  items: readonly Item[],
  slotOf: (item: Item) => number,
  size = keysPerCommand,
): Item[][] {
  const groups: Item[][] = []
  const open = new Map<number, Item[]>()
  for (const item of items) {
    const slot = slotOf(item)
    let group = open.get(slot)
    if (group === undefined || group.length >= size) {
      group = []
      open.set(slot, group)
      groups.push(group)
    }
    group.push(item)
  }
  return groups
}
