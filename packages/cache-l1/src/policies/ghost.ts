/**
 * Keys that went lately, known by 16 bits of their hash: 2 bytes each, where an exact list would take the key, a table
 * and two links. Fingerprints stand in buckets of 16, the newest first; the high bits of the hash choose the bucket, the
 * low bits are the fingerprint. A new one moves the others of its bucket on by one place and the last one out, so each
 * bucket is first in, first out, and all of them together nearly are.
 *
 * A key that never went is taken for one that did about once in 4 000 asks: it is then merely kept longer.
 */

/** Fingerprints in a bucket: half a cache line. */
const ways = 16

export class Ghost {
  #fingerprints = new Uint16Array(0)
  #buckets = 0

  add(hash: number): void {
    const first = this.#firstOf(hash)
    let pushed = fingerprintOf(hash)
    for (let index = first; index < first + ways && pushed !== 0; index += 1) {
      const held = this.#fingerprints[index] as number
      this.#fingerprints[index] = pushed
      pushed = held
    }
  }

  /** Whether `hash` is among about the last `length` that went; forgets it. */
  take(hash: number, length: number): boolean {
    const first = this.#firstOf(hash)
    const end = first + Math.min(ways, Math.ceil(length / this.#buckets))
    const fingerprint = fingerprintOf(hash)
    for (let index = first; index < end; index += 1) {
      if (this.#fingerprints[index] !== fingerprint) continue
      this.#fingerprints[index] = 0
      return true
    }
    return false
  }

  /** Room for `length` fingerprints. What is known stays known: a new bucket begins as a copy of what it was part of. */
  grow(length: number): void {
    const buckets = Math.ceil(length / ways)
    if (buckets <= this.#buckets) return
    const fingerprints = new Uint16Array(buckets * ways)
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      const source = Math.floor((bucket * this.#buckets) / buckets) * ways
      fingerprints.set(this.#fingerprints.subarray(source, source + ways), bucket * ways)
    }
    this.#fingerprints = fingerprints
    this.#buckets = buckets
  }

  clear(): void {
    this.#fingerprints = new Uint16Array(0)
    this.#buckets = 0
  }

  #firstOf(hash: number): number {
    return Math.floor(((hash >>> 0) * this.#buckets) / 2 ** 32) * ways
  }
}

/** 1 to 65 535; 0 marks a free place. */
function fingerprintOf(hash: number): number {
  return hash & 0xffff || 1
}
