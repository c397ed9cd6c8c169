/** Removals that were asked for while the directory could not be opened: they hold before anything else is asked of it. */
import type { InvalidationMode } from '@greenlang/core'
import { nameOf } from './key-name.ts'
import type { OpenStore } from './store/open-directory.ts'

/** Past it, everything goes. */
const mostKeys = 10_000

export class Owed {
  readonly #names = new Map<string, InvalidationMode>()
  #everything = false
  /** When trust was lost. */
  #lostAt: number | undefined

  get isEmpty(): boolean {
    return this.#names.size === 0 && !this.#everything && this.#lostAt === undefined
  }

  remove(keys: readonly string[], mode: InvalidationMode): void {
    if (this.#everything) return
    for (const key of keys) {
      const name = nameOf(key)
      if (mode === 'delete' || !this.#names.has(name)) this.#names.set(name, mode)
    }
    if (this.#names.size > mostKeys) this.clear()
  }

  clear(): void {
    this.#everything = true
    this.#names.clear()
  }

  distrust(at: number): void {
    this.#lostAt = at
  }

  settle({ store, journal }: OpenStore): void {
    const names = [...this.#names]
    const everything = this.#everything
    const lostAt = this.#lostAt
    this.#names.clear()
    this.#everything = false
    this.#lostAt = undefined
    store.remove(names.flatMap(([name, mode]) => (mode === 'delete' ? [name] : [])))
    store.invalidate(names.flatMap(([name, mode]) => (mode === 'delete' ? [] : [name])))
    if (everything) store.clear().catch(() => undefined)
    if (lostAt !== undefined) void journal.distrust(lostAt)
  }
}
