const counters = [
  'found',
  'looked',
  'misses',
  'valueMisses',
  'sets',
  'deletes',
  'evictions',
  'expirations',
  'refusals',
] as const

/** The keys of one namespace, each with the slot of its entry, and what was counted there. Plain fields: the hot path. */
export class KeySpace {
  readonly slots = new Map<string, number>()
  /** Mixed into the hash of every key, so that namespaces do not share popularity. */
  readonly seed: number
  /** Look-ups that found an entry, and those that did not. Look-ups by `value` are in `looked` and in `misses`. */
  found = 0
  looked = 0
  misses = 0
  /** Of the misses, those of `value`. */
  valueMisses = 0
  sets = 0
  deletes = 0
  evictions = 0
  expirations = 0
  refusals = 0
  bytes = 0

  constructor(seed: number) {
    this.seed = seed
  }

  get hits(): number {
    return this.found + this.looked - this.valueMisses
  }

  /** Takes over what was counted in a namespace that is closed, so that sums never fall. */
  absorb(closed: KeySpace): void {
    for (const name of counters) this[name] += closed[name]
  }

  empty(): void {
    this.slots.clear()
    this.bytes = 0
  }
}
