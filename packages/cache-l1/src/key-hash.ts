/**
 * 32 bits of a string, as a signed integer: FNV-1a over its UTF-16 code units (Fowler, Noll, Vo), then the finalizer of
 * MurmurHash3 (Appleby) so that any few bits of it can be used alone. V8's own hash of a string cannot be read. It decides what
 * is evicted, never what is returned: a collision costs a hit at most.
 */
export function keyHash(key: string, seed: number): number {
  let hash = seed
  for (let index = 0; index < key.length; index += 1)
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
