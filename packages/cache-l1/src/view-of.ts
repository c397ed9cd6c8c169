import type { KeySpace } from './key-space.ts'
import type { MemoryCore } from './memory-core.ts'
import { MemoryView } from './memory-view.ts'

/** A view of the kind that the settings ask for; `release` is called once, when it is closed and its keys are gone. */
export function viewOf<T>(
  core: MemoryCore<T>,
  name: string,
  release: (space: KeySpace) => void,
): MemoryView<T> {
  const { out } = core.settings.keeping
  return out === undefined ? new MemoryView(core, name, release) : new CopyingView(core, name, release)
}

/** Gives each reader a copy: apart, so that the hot path of others does not ask. */
class CopyingView<T> extends MemoryView<T> {
  readonly #copy: (value: T) => T

  constructor(core: MemoryCore<T>, name: string, release: (space: KeySpace) => void) {
    super(core, name, release)
    this.#copy = core.settings.keeping.out ?? (value => value)
  }

  override value(key: string): T | undefined {
    const value = super.value(key)
    return value === undefined ? undefined : this.#copy(value)
  }
}
