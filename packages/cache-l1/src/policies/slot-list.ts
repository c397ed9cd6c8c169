/**
 * Doubly linked lists of slots in one typed array: every step is O(1) and makes no garbage. A slot is in one list at a
 * time, so any number of lists share the links. *Older*, *newer*: neighbours in a list; slots are appended at the newer
 * end.
 *
 * Each list is a ring closed by an *anchor* of its own, so a slot leaves without its list being named. Place 0 is
 * unused, so a link of 0 means "in no list"; the anchors follow, then the slots. The two links of a slot lie side by
 * side: relinking touches three cache lines, where two arrays would touch six.
 *
 * Rejected: nodes as objects (about 40 bytes more an entry, and work for the garbage collector), and the order of a
 * `Map` (delete and set on each hit leave holes that a rehash has to sweep up).
 */
import { lengthened } from '../lengthened.ts'

export class SlotLists {
  readonly #lists: number
  /** At 2 × place the older neighbour, at 2 × place + 1 the newer one. */
  #links: Int32Array

  /** @param lists How many; they are numbered from 0. */
  constructor(lists = 1) {
    this.#lists = lists
    this.#links = ringsOf(lists)
  }

  /** The slot that was appended first; 0 if there is none. */
  oldest(list = 0): number {
    return this.#slotAt(this.#links[2 * (list + 1) + 1] as number)
  }

  /** The slot that was appended last; 0 if there is none. */
  newest(list = 0): number {
    return this.#slotAt(this.#links[2 * (list + 1)] as number)
  }

  /** The next slot towards the newest in the same list; 0 after the newest. */
  newer(slot: number): number {
    return this.#slotAt(this.#links[2 * (slot + this.#lists) + 1] as number)
  }

  /** Whether `slot` is in a list. */
  holds(slot: number): boolean {
    return this.#links[2 * (slot + this.#lists)] !== 0
  }

  /** Puts `slot`, which is in no list, at the newest end. */
  append(slot: number, list = 0): void {
    this.#link(slot + this.#lists, list + 1)
  }

  /** Makes `slot`, which is in this list or another, the newest of this one. */
  touch(slot: number, list = 0): void {
    const place = slot + this.#lists
    const anchor = list + 1
    if (this.#links[2 * anchor] === place) return
    this.#unlink(place)
    this.#link(place, anchor)
  }

  /** Takes `slot` out of the list that it is in. */
  remove(slot: number): void {
    const place = slot + this.#lists
    this.#unlink(place)
    this.#links[2 * place] = 0
    this.#links[2 * place + 1] = 0
  }

  /** Ranks slots as they stand in `lists`, one after another, each from the oldest to the newest. */
  ranking(lists: readonly number[]): (slot: number) => number {
    const ranks = new Map<number, number>()
    for (const list of lists)
      for (let slot = this.oldest(list); slot !== 0; slot = this.newer(slot)) ranks.set(slot, ranks.size)
    return slot => ranks.get(slot) ?? 0
  }

  /** Slots below `length` may come now. */
  grow(length: number): void {
    this.#links = lengthened(this.#links, 2 * (this.#lists + length))
  }

  /** Empties all lists and gives the memory back. */
  clear(): void {
    this.#links = ringsOf(this.#lists)
  }

  #slotAt(place: number): number {
    return place > this.#lists ? place - this.#lists : 0
  }

  #link(place: number, anchor: number): void {
    const links = this.#links
    const newest = links[2 * anchor] as number
    links[2 * place] = newest
    links[2 * place + 1] = anchor
    links[2 * newest + 1] = place
    links[2 * anchor] = place
  }

  #unlink(place: number): void {
    const links = this.#links
    const older = links[2 * place] as number
    const newer = links[2 * place + 1] as number
    links[2 * older + 1] = newer
    links[2 * newer] = older
  }
}

function ringsOf(lists: number): Int32Array {
  const links = new Int32Array(2 * (lists + 1))
  for (let anchor = 1; anchor <= lists; anchor += 1) {
    links[2 * anchor] = anchor
    links[2 * anchor + 1] = anchor
  }
  return links
}
