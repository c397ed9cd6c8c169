/**
 * When the entry of each slot came, and which of two lists it is in: one byte a slot.
 *
 * How it works. Time is counted in units the caller chooses, by `pass`. A byte holds the date modulo 128, and the list
 * in its eighth bit. Ages beyond 64 units are all alike to the caller, so a *sweep* makes them 64 before they wrap
 * around: a few slots a call, enough to come by each slot once in 32 units.
 */
import { lengthened } from '../lengthened.ts'

const dateMask = 127
const listBit = 128
/** Ages beyond are cut to it, in units. */
const oldest = 64
/** Units in which the sweep comes by each slot: well below those in which an age of `oldest` wraps around. */
const round = 32
/** Slots swept a call, at most. Only a cache of 512 times the entries it was cut down to has ages that wrap around. */
const mostSteps = 16

export class SlotDates {
  #bytes = new Uint8Array(0)
  #swept = 0
  #steps = 1
  /** The time in units; only its lower bits are kept. */
  now = 0

  /** The entry of `slot` came into `list`, 0 or 1, now. */
  enter(slot: number, list: number): void {
    this.#bytes[slot] = (this.now & dateMask) | (list * listBit)
  }

  /** The list of `slot`. */
  listOf(slot: number): number {
    return (this.#bytes[slot] as number) >>> 7
  }

  /** Units since the entry of `slot` entered its list: right below 64, at least 64 beyond. */
  ageOf(slot: number): number {
    return (this.now - (this.#bytes[slot] as number)) & dateMask
  }

  /** A unit has passed. @param calls In which as many calls of `sweep` are made as in this one. */
  pass(calls: number): void {
    this.now += 1
    this.#steps = Math.min(mostSteps, Math.ceil(this.#bytes.length / (calls * round)))
  }

  /** Cuts what is too old in the next few slots. */
  sweep(): void {
    const bytes = this.#bytes
    for (let step = 0; step < this.#steps; step += 1) {
      this.#swept = this.#swept + 1 < bytes.length ? this.#swept + 1 : 0
      const slot = this.#swept
      if (this.ageOf(slot) > oldest)
        bytes[slot] = ((bytes[slot] as number) & listBit) | ((this.now - oldest) & dateMask)
    }
  }

  /** Slots below `length` may come now. */
  grow(length: number): void {
    this.#bytes = lengthened(this.#bytes, length)
  }

  /** Forgets all dates and gives the memory back. */
  clear(): void {
    this.#bytes = new Uint8Array(0)
    this.#swept = 0
    this.#steps = 1
    this.now = 0
  }
}
