import { createLatencyRecorder } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { createLedger } from '../src/ledger.ts'
import { createRing } from '../src/ring.ts'
import { createTextCache } from '../src/text-cache.ts'

describe('the ledger', () => {
  it('counts what is beyond its places together', () => {
    const ledger = createLedger(2, createLatencyRecorder)
    for (const [id, ms] of [
      ['a', 1],
      ['b', 5],
      ['c', 7],
      ['d', 8],
      ['a', 1],
    ] as const)
      ledger.record({ id, text: `text of ${id}` }, ms, id === 'd')
    expect(ledger.overflowed).toBe(2)
    expect(ledger.stats()).toMatchObject([
      { fingerprint: 'b', text: 'text of b', count: 1, totalMs: 5 },
      { fingerprint: 'a', count: 2, totalMs: 2, failures: 0, latency: { count: 2, max: 1 } },
      { fingerprint: 'other', text: 'other', count: 2, totalMs: 15, failures: 1 },
    ])
  })
})

describe('the ring', () => {
  it('keeps the newest', () => {
    const ring = createRing<number>(3)
    expect(ring.newest()).toEqual([])
    for (const item of [1, 2, 3, 4, 5]) ring.push(item)
    expect(ring.newest()).toEqual([5, 4, 3])
  })
})

describe('the text cache', () => {
  it('keeps what is in use and is bounded by count', () => {
    const cache = createTextCache<number>({ maxEntries: 4, maxCharacters: 1000 })
    for (let text = 0; text < 100; text += 1) {
      cache.set(`text ${text}`, text)
      if (text === 0) cache.set('in use', -1)
      expect(cache.get('in use')).toBe(-1)
    }
    const kept = Array.from({ length: 100 }, (_, text) => cache.get(`text ${text}`)).filter(
      value => value !== undefined,
    )
    expect(kept.length).toBeLessThanOrEqual(4)
  })

  it('is bounded by characters', () => {
    const cache = createTextCache<number>({ maxEntries: 100, maxCharacters: 20 })
    const texts = ['a'.repeat(8), 'b'.repeat(8), 'c'.repeat(8)]
    texts.forEach((text, at) => {
      cache.set(text, at)
    })
    expect(texts.map(text => cache.get(text))).toEqual([undefined, 1, 2])
  })
})
