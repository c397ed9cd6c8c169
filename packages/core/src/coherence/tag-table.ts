import type { TagMark } from '../bus.ts'

/** When each tag was last invalidated, for as many tags as fit. */
export interface TagTable {
  /** Stands for every tag that is not held: none of those was invalidated after it. Never falls. */
  readonly floor: number
  /** The tag's last invalidation, if it is held. */
  get(tag: string): TagMark | undefined
  /**
   * Keeps the higher of two sequences, and `delete` of two modes. A full table gives up its oldest record and raises
   * the floor to it.
   */
  record(tag: string, mark: TagMark): void
}

export function createTagTable(maxTags: number, floor = 0): TagTable {
  return new BoundedTagTable(maxTags, floor)
}

class BoundedTagTable implements TagTable {
  readonly #maxTags: number
  /** In the order of recording, oldest first. */
  readonly #marks = new Map<string, TagMark>()
  #floor: number

  constructor(maxTags: number, floor: number) {
    this.#maxTags = maxTags
    this.#floor = floor
  }

  get floor(): number {
    return this.#floor
  }

  get(tag: string): TagMark | undefined {
    return this.#marks.get(tag)
  }

  record(tag: string, mark: TagMark): void {
    const earlier = this.#marks.get(tag)
    const sequence = Math.max(mark.sequence, earlier?.sequence ?? 0)
    this.#marks.delete(tag)
    this.#marks.set(tag, { sequence, mode: earlier?.mode === 'delete' ? 'delete' : mark.mode })
    if (this.#marks.size > this.#maxTags) this.#forgetOldest()
  }

  #forgetOldest(): void {
    for (const [tag, { sequence }] of this.#marks) {
      this.#marks.delete(tag)
      this.#floor = Math.max(this.#floor, sequence)
      return
    }
  }
}
