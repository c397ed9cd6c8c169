/**
 * W-TinyLFU: Einziger, Friedman, Manes, "TinyLFU" (ACM Transactions on Storage 13, 2017), with the adaptive window of
 * window-climber.ts. New entries enter the *window*, in order of use. When one has to go and the window has its share,
 * its least recent entry, the *candidate*, is held against the *victim*, the next to go of the main part: the one that
 * the sketch of frequencies has seen more often stays, of equals the victim. So a scan or a loop larger than the cache
 * does not wash out what is used again, and keys that never get in are counted too.
 *
 * The main part is a segmented LRU: a candidate enters at *probation*, a use there moves it to *protected*, at most 80 %
 * of main; what is too much goes back to probation, and victims come from there.
 *
 * An attacker could raise a victim by colliding keys so that nothing else gets in; as in Caffeine, a candidate seen six
 * times or more is therefore let in once in 128 regardless, by a generator with a fixed seed, so that runs repeat.
 *
 * The bound may be one of bytes, so the capacity is taken to be the number of entries present. A slot costs 30 bytes.
 */
import { lengthened } from '../lengthened.ts'
import { type EvictionPolicy, type SlotFacts, tellEach } from '../policy.ts'
import { filledUses } from './filled-uses.ts'
import { FrequencySketch } from './frequency-sketch.ts'
import { SlotLists } from './slot-list.ts'
import { WindowClimber } from './window-climber.ts'

const windowPart = 0
const probation = 1
const protectedPart = 2

const protectedShare = 0.8
/** From this frequency on a candidate may be let in by chance. */
const plausible = 6
const chanceMask = 127
const seed = 0x2545f491

/** @param climber Sets the share of the window. */
export function createWTinyLfu(facts: SlotFacts, climber: WindowShare = new WindowClimber()): EvictionPolicy {
  return new WTinyLfu(facts, climber)
}

export interface WindowShare {
  readonly share: number
  record(hit: boolean, entries: number): void
  reset(): void
}

class WTinyLfu implements EvictionPolicy {
  uses: Uint8Array = new Uint8Array(0)
  readonly #facts: SlotFacts
  readonly #climber: WindowShare
  readonly #sketch = new FrequencySketch()
  readonly #parts = new SlotLists(3)
  /** By slot, the part that it is in. */
  #places = new Uint8Array(0)
  /** By slot: hashing a key anew at each use would cost more than all the rest. */
  #hashes = new Int32Array(0)
  /** Entries by part. */
  readonly #counts = new Int32Array(3)
  #total = 0
  #random = seed

  constructor(facts: SlotFacts, climber: WindowShare) {
    this.#facts = facts
    this.#climber = climber
  }

  add(slot: number): void {
    const hash = this.#facts.hashOf(slot)
    this.#hashes[slot] = hash
    this.#enter(slot, windowPart)
    this.#record(hash, false)
    // Two for each one that comes, so that a window whose share was cut shrinks without ever a long step.
    this.#trimWindow()
    this.#trimWindow()
  }

  use(slot: number): void {
    this.#record(this.#hashes[slot] as number, true)
    const part = this.#places[slot] as number
    if (part !== probation) {
      this.#parts.touch(slot, part)
      return
    }
    this.#move(slot, protectedPart)
    this.#trimProtected()
    this.#trimProtected()
  }

  change(slot: number): void {
    this.use(slot)
  }

  remove(slot: number): void {
    this.#parts.remove(slot)
    const part = this.#places[slot] as number
    this.#counts[part] = (this.#counts[part] as number) - 1
    this.#total -= 1
  }

  evict(): number {
    const victim = this.#parts.oldest(probation) || this.#parts.oldest(protectedPart)
    const candidate = this.#parts.oldest(windowPart)
    const goes = this.#loser(candidate, victim)
    if (goes !== 0) this.remove(goes)
    return goes
  }

  ranking(): (slot: number) => number {
    return this.#parts.ranking([probation, windowPart, protectedPart])
  }

  grow(length: number): void {
    this.uses = filledUses(this.uses, length, tellEach)
    this.#places = lengthened(this.#places, length)
    this.#hashes = lengthened(this.#hashes, length)
    this.#parts.grow(length)
    this.#sketch.grow(length)
  }

  clear(): void {
    this.uses = new Uint8Array(0)
    this.#places = new Uint8Array(0)
    this.#hashes = new Int32Array(0)
    this.#counts.fill(0)
    this.#total = 0
    this.#random = seed
    this.#parts.clear()
    this.#sketch.clear()
    this.#climber.reset()
  }

  #loser(candidate: number, victim: number): number {
    if (victim === 0) return candidate
    if ((this.#counts[windowPart] as number) < this.#windowTarget()) return victim
    if (!this.#admits(candidate, victim)) return candidate
    this.#move(candidate, probation)
    return victim
  }

  #admits(candidate: number, victim: number): boolean {
    const frequency = this.#sketch.frequency(this.#hashes[candidate] as number)
    if (frequency > this.#sketch.frequency(this.#hashes[victim] as number)) return true
    return frequency >= plausible && (this.#nextRandom() & chanceMask) === 0
  }

  #record(hash: number, hit: boolean): void {
    this.#sketch.count(hash, this.#total)
    this.#climber.record(hit, this.#total)
  }

  #windowTarget(): number {
    return Math.max(1, Math.floor(this.#total * this.#climber.share))
  }

  #trimWindow(): void {
    if ((this.#counts[windowPart] as number) > this.#windowTarget())
      this.#move(this.#parts.oldest(windowPart), probation)
  }

  #trimProtected(): void {
    const held = this.#counts[protectedPart] as number
    const target = Math.floor((held + (this.#counts[probation] as number)) * protectedShare)
    if (held > target) this.#move(this.#parts.oldest(protectedPart), probation)
  }

  #enter(slot: number, part: number): void {
    this.#places[slot] = part
    this.#parts.append(slot, part)
    this.#counts[part] = (this.#counts[part] as number) + 1
    this.#total += 1
  }

  #move(slot: number, part: number): void {
    this.remove(slot)
    this.#enter(slot, part)
  }

  /** Xorshift (Marsaglia 2003). */
  #nextRandom(): number {
    this.#random ^= this.#random << 13
    this.#random ^= this.#random >>> 17
    this.#random ^= this.#random << 5
    return this.#random
  }
}
