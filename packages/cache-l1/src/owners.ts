/** Which key space each slot belongs to. A tier without namespaces has one, and then nothing is kept by slot. */
import { KeySpace } from './key-space.ts'
import { lengthened } from './lengthened.ts'

/** Namespaces at once, the tier itself included. */
export const mostSpaces = 2 ** 16

export class Owners {
  readonly #spaces: (KeySpace | undefined)[] = []
  readonly #numbers = new Map<KeySpace, number>()
  #ofSlot = new Uint16Array(0)
  #length = 0
  #born = 0

  /** The space that slots belong to unless another was written. */
  get #first(): KeySpace {
    return this.#spaces[0] as KeySpace
  }

  add(): KeySpace {
    const gap = this.#spaces.indexOf(undefined)
    const number = gap === -1 ? this.#spaces.length : gap
    const space = new KeySpace(Math.imul(this.#born, 0x9e3779b1))
    this.#born += 1
    this.#spaces[number] = space
    this.#numbers.set(space, number)
    return space
  }

  /** No slot may belong to it any more. */
  drop(space: KeySpace): void {
    const number = this.#numbers.get(space)
    if (number === undefined) return
    this.#numbers.delete(space)
    this.#spaces[number] = undefined
  }

  write(slot: number, space: KeySpace): void {
    if (this.#ofSlot.length === 0) {
      if (space === this.#first) return
      this.#ofSlot = new Uint16Array(this.#length)
    }
    this.#ofSlot[slot] = this.#numbers.get(space) as number
  }

  read(slot: number): KeySpace {
    const number = this.#ofSlot.length === 0 ? 0 : (this.#ofSlot[slot] as number)
    return this.#spaces[number] as KeySpace
  }

  grow(length: number): void {
    this.#length = length
    if (this.#ofSlot.length > 0) this.#ofSlot = lengthened(this.#ofSlot, length)
  }

  clear(): void {
    this.#ofSlot = new Uint16Array(0)
    this.#length = 0
  }
}
