import { describe, expect, it } from '@jest/globals'
import { keyHash } from '../src/key-hash.ts'

const count = 50_000
const kinds: Record<string, (index: number) => string> = {
  'a name and a number': index => `workflow:${index}`,
  'a number between names': index => `user:${index}:profile`,
  'letters beyond Latin-1': index => `ключ:${index}`,
  short: index => index.toString(36),
  'long, with a long tail in common': index => `${index}${':segment'.repeat(20)}`,
}

describe('keyHash', () => {
  it.each(Object.entries(kinds))('spreads keys of %s over all bits and buckets', (_, keyOf) => {
    const hashes = Array.from({ length: count }, (_, index) => keyHash(keyOf(index), 0))
    // Chance would have 0.3 collisions, and buckets of 500 with a deviation of 22.
    expect(count - new Set(hashes).size).toBeLessThan(10)
    for (let bit = 0; bit < 32; bit += 1) {
      const set = hashes.filter(hash => (hash >>> bit) & 1).length
      expect(Math.abs(set - count / 2)).toBeLessThan(1_000)
    }
    const buckets = new Uint32Array(100)
    for (const hash of hashes) {
      const bucket = Math.floor(((hash >>> 0) / 2 ** 32) * 100)
      buckets[bucket] = (buckets[bucket] as number) + 1
    }
    expect(Math.min(...buckets)).toBeGreaterThan(350)
    expect(Math.max(...buckets)).toBeLessThan(650)
  })

  it('is the same for the same key and seed, and another for another seed, length or place of a letter', () => {
    const texts = ['', 'a', 'ab', 'ba', 'abcd', 'abcde', 'abcd\u0000', 'aaaa', 'aaaaa', '\ud800']
    const hashes = texts.flatMap(text => [keyHash(text, 0), keyHash(text, 1)])
    expect(texts.flatMap(text => [keyHash(text, 0), keyHash(text, 1)])).toEqual(hashes)
    expect(new Set(hashes).size).toBe(hashes.length)
  })
})
