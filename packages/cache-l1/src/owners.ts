/** Which key space each slot belongs to. A tier without namespaces has one, and then nothing is kept by slot. */
import { InvalidArgumentError } from '@greenlang/core'
import { KeySpace } from './key-space.ts'
import { lengthened } from './lengthened.ts'

/** Namespaces at once, the tier itself included. */
const mostSpaces = 2 ** 16

export class Owners {
  readonly #spaces: (KeySpace | undefined)[] = []
  readonly #numbers = new Map<KeySpace, number>()
  readonly #free: number[] = []
  #ofSlot = new Uint16Array(0)
  #length = 0
  #born = 0

  /** The space that slots belong to unless another was written. */
  get #first(): KeySpace {
    return this.#spaces[0] as KeySpace
  }

  /** @throws InvalidArgumentError if there are as many as there may be. */
  add(): KeySpace {
    const number = this.#free.pop() ?? this.#spaces.length
    if (number === mostSpaces)
      throw new InvalidArgumentError(
        'name',
        `of one of ${mostSpaces - 1} namespaces: close those not needed`,
        number,
      )
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
    this.#free.push(number)
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
