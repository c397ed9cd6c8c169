const wordLength = 4

/**
 * 32 bits of a string, as a signed integer: its UTF-16 code units multiplied in, four at a time as in MurmurHash (Appleby)
 * and the rest one by one as in FNV-1a (Fowler, Noll, Vo), then the finalizer of MurmurHash3, so that any few bits of it
 * can be used alone. V8's own hash of a string cannot be read. It decides what is evicted, never what is returned: a
 * collision costs a hit at most.
 */
export function keyHash(key: string, seed: number): number {
  let hash = seed ^ key.length
  let index = 0
  for (const end = key.length & -wordLength; index < end; index += wordLength) {
    const low = key.charCodeAt(index) | (key.charCodeAt(index + 1) << 8)
    const high = (key.charCodeAt(index + 2) << 16) | (key.charCodeAt(index + 3) << 24)
    hash = Math.imul(hash ^ low ^ high, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
