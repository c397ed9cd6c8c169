/**
 * Gives up the room of expired entries without a search and without memory for each: slots are taken together in *pages*
 * of 64, and a page knows only a *due* time, no later than the first expiry among its entries. Pages wait in a timing
 * wheel; a page that falls due is looked through once, 64 dates that lie side by side, and told when it is due again.
 * An entry that is overwritten or goes leaves the due time of its page alone: at worst the page is looked at once for
 * nothing. So a set pays one comparison, where a wheel of entries pays a relinking and 8 bytes.
 *
 * Nothing here decides what is returned: dates are compared at each read.
 */
import { lengthened } from './lengthened.ts'
import { TimingWheel } from './timing-wheel.ts'

const pageBits = 6
/** Pages a sweep looks through before the event loop has its turn: about a millisecond's work. */
const mostPages = 32

/** The entries that a sweep looks through. */
export interface Expiring {
  /** When the entry of `slot` expires, in ms since the epoch; `Infinity` for a free slot. */
  expiresAt(slot: number): number
  /** The entry of `slot` has expired. */
  expire(slot: number): void
}

/** The page of a slot: an index into `due`. */
export const pageOf = (slot: number) => (slot >> pageBits) + 1

export class Expiry {
  readonly #entries: Expiring
  #wheel: TimingWheel
  /** By page, from 1 on; page p holds the slots from 64 (p - 1). Open to the store, which compares before it calls. */
  due = new Float64Array(0)
  #slots = 0
  /** Pages that are due and not looked through yet. */
  #ready: number[] = []

  constructor(entries: Expiring, now: number) {
    this.#entries = entries
    this.#wheel = new TimingWheel(now)
  }

  /** The entry of `slot` expires at `at`, which is before `due` of its page. */
  note(slot: number, at: number): void {
    const page = pageOf(slot)
    this.due[page] = at
    this.#wheel.schedule(page, at)
  }

  /** When the next sweep is worth its while; `Infinity` if nothing expires. */
  next(): number {
    return this.#ready.length > 0 ? 0 : this.#wheel.next()
  }

  /** Looks through what is due, some thousand entries at most: what is left over is due at once. */
  sweep(now: number): void {
    if (this.#ready.length === 0) this.#wheel.advance(now, page => this.#ready.push(page))
    for (const page of this.#ready.splice(-mostPages)) this.#sweepPage(page, now)
  }

  grow(length: number): void {
    this.#slots = length
    const pages = ((length - 1) >> pageBits) + 2
    const known = this.due.length
    this.due = lengthened(this.due, pages)
    this.due.fill(Number.POSITIVE_INFINITY, known)
    this.#wheel.grow(pages)
  }

  clear(now: number): void {
    this.#wheel = new TimingWheel(now)
    this.due = new Float64Array(0)
    this.#slots = 0
    this.#ready = []
  }

  #sweepPage(page: number, now: number): void {
    const first = (page - 1) << pageBits
    const end = Math.min(first + (1 << pageBits), this.#slots)
    // Whatever is noted while entries go is compared with a page that knows nothing.
    this.due[page] = Number.POSITIVE_INFINITY
    for (let slot = first; slot < end; slot += 1) {
      const at = this.#entries.expiresAt(slot)
      if (at <= now) this.#entries.expire(slot)
      else if (at < (this.due[page] as number)) this.due[page] = at
    }
    const due = this.due[page] as number
    if (due < Number.POSITIVE_INFINITY) this.#wheel.schedule(page, due)
  }
}
