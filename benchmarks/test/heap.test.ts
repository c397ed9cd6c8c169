import { describe, expect, it } from '@jest/globals'
import { heapReport } from '../heap/report.ts'
import { shapes } from '../heap/shapes.ts'
import { byteStores, entryStores } from '../heap/stores.ts'

describe('stores', () => {
  it.each([...entryStores])('%s holds as many entries as it has room for', (_name, make) => {
    const store = make(10)
    for (let index = 0; index < 10; index += 1) store.set(`key:${index}`, { index }, index)
    expect(store.size()).toBe(10)
  })

  it.each([...byteStores])('%s holds what fits', (_name, make) => {
    for (const value of shapes.values()) {
      const store = make(100_000)
      for (let index = 0; index < 2000; index += 1) store.set(`key:${index}`, value(index))
      expect(store.size()).toBeGreaterThan(5)
      expect(store.size()).toBeLessThan(2000)
    }
  })
})

describe('shapes', () => {
  it('are values of their own', () => {
    expect(shapes.get('200 ASCII characters')?.(7)).toBe(`7${'a'.repeat(199)}`)
    expect(shapes.get('200 characters beyond Latin-1')?.(7)).toBe(`7${'ж'.repeat(199)}`)
    expect(shapes.get('1 kB Buffer')?.(1)).toHaveLength(1024)
  })
})

describe('the report', () => {
  it('tells bytes an entry, and growth in parts of the bound', () => {
    const report = heapReport({
      command: 'npm run bench -- heap',
      runs: 2,
      entries: 10,
      maxBytes: 1000,
      byStore: new Map([
        [
          'Map',
          [
            { bytes: 350, entries: 10 },
            { bytes: 370, entries: 10 },
          ],
        ],
      ]),
      byShape: new Map([['ours', new Map([['row', [{ bytes: 1100, entries: 2000 }]]])]]),
    })
    expect(report).toContain('| Map | 36.0 | 35.0 | 37.0 |')
    expect(report).toContain('| ours | **1.10** (2 000) |')
  })
})
