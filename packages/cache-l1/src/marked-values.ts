/** The shortest way of a cache to a hit in this tier: see `MarkedValues` of core. */
import type { Clock, MarkedValues } from '@greenlang/core'
import type { KeySpace } from './key-space.ts'
import type { MemoryCore } from './memory-core.ts'
import type { PackedEntries } from './packed-entries.ts'
import { countsTo } from './policy.ts'
import type { Store } from './store.ts'

export function markedValues<T>(core: MemoryCore<T>, space: KeySpace): MarkedValues<T> {
  // What each reader is given of a value; `undefined` for the value itself.
  const { out } = core.settings.keeping
  return out ? new CopiedMarks(core, space, out) : new Marks(core, space)
}

/** For a clock that keeps no reading. */
export const nothingKept = { at: Number.POSITIVE_INFINITY }

class Marks<T> implements MarkedValues<T> {
  readonly clock: Clock
  readonly #store: Store<T>
  readonly #packed: PackedEntries<T>
  readonly #space: KeySpace
  readonly #slots: Map<string, number>
  readonly #kept: { readonly at: number }

  constructor({ store, settings }: MemoryCore<T>, space: KeySpace) {
    const { clock } = settings
    this.clock = clock
    this.#store = store
    this.#packed = store.packed
    this.#space = space
    this.#slots = space.slots
    this.#kept = clock.kept ?? nothingKept
  }

  valueMarked(key: string, mark: number, until: number): T | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    const packed = this.#packed
    if (packed.marks[slot] !== mark) return undefined
    const { at } = this.#kept
    const now = at < Number.POSITIVE_INFINITY ? at : this.clock.turn()
    if ((packed.staleAt[slot] as number) <= now || until <= now) return undefined
    this.#space.found += 1
    const uses = packed.uses[slot] as number
    if (uses < countsTo) packed.uses[slot] = uses + 1
    else if (uses > countsTo) this.#store.use(slot)
    return packed.values[slot]
  }

  mark(key: string, mark: number): void {
    const slot = this.#slots.get(key)
    if (slot !== undefined) this.#packed.mark(slot, mark)
  }
}

/** Apart, so that the hot path of others does not ask. */
class CopiedMarks<T> extends Marks<T> {
  readonly #copy: (value: T) => T

  constructor(core: MemoryCore<T>, space: KeySpace, copy: (value: T) => T) {
    super(core, space)
    this.#copy = copy
  }

  override valueMarked(key: string, mark: number, until: number): T | undefined {
    const value = super.valueMarked(key, mark, until)
    return value === undefined ? undefined : this.#copy(value)
  }
}
