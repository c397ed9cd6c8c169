/** When each tag was last invalidated, for as many tags as fit. */
export interface TagTable {
  /** Stands for every tag that is not held: none of those was invalidated after it. Never falls. */
  readonly floor: number
  /** The tag's last invalidation, if it is held. */
  get(tag: string): number | undefined
  /** Keeps the higher of two sequences. A full table gives up its oldest record and raises the floor to it. */
  record(tag: string, sequence: number): void
}

export function createTagTable(maxTags: number, floor = 0): TagTable {
  return new BoundedTagTable(maxTags, floor)
}

class BoundedTagTable implements TagTable {
  readonly #maxTags: number
  /** In the order of recording, oldest first. */
  readonly #sequences = new Map<string, number>()
  #floor: number

  constructor(maxTags: number, floor: number) {
    this.#maxTags = maxTags
    this.#floor = floor
  }

  get floor(): number {
    return this.#floor
  }

  get(tag: string): number | undefined {
    return this.#sequences.get(tag)
  }

  record(tag: string, sequence: number): void {
    const latest = Math.max(sequence, this.#sequences.get(tag) ?? 0)
    this.#sequences.delete(tag)
    this.#sequences.set(tag, latest)
    if (this.#sequences.size > this.#maxTags) this.#forgetOldest()
  }

  #forgetOldest(): void {
    for (const [tag, sequence] of this.#sequences) {
      this.#sequences.delete(tag)
      this.#floor = Math.max(this.#floor, sequence)
      return
    }
  }
}
