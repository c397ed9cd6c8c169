import { cborCodec } from '@greenlang/codec'
import { describe, expect, it } from '@jest/globals'
import { measureCodec, measureCompression } from '../codec/measure.ts'
import { codecReport } from '../codec/report.ts'
import { longValues, values } from '../codec/values.ts'

describe('values', () => {
  it.each([...values])('%s come back from the codec as from JSON', (_, { value }) => {
    const codec = cborCodec()
    expect(codec.decode(codec.encode(value))).toEqual(JSON.parse(JSON.stringify(value)))
  })

  it('have the properties that their names say', () => {
    expect(Object.keys(values.get('5 properties')?.value as object)).toHaveLength(5)
    expect(Object.keys(values.get('8 properties')?.value as object)).toHaveLength(8)
    expect(Object.keys(values.get('10 properties')?.value as object)).toHaveLength(10)
    expect(values.get('200 rows')?.value).toHaveLength(200)
  })
})

describe('the report', () => {
  it('tells sizes, times in parts of JSON, and whether what was asked for is met', async () => {
    const figures = {
      jsonBytes: 100,
      bytes: 40,
      encode: 12,
      stringify: 10,
      decode: 5,
      parseBytes: 11,
      parse: 10,
    }
    const report = codecReport({
      command: 'npm run bench -- codec',
      rounds: 1,
      measured: new Map([
        ['200 rows', { kind: 'rows', figures }],
        ['small', { kind: 'small', figures: { ...figures, encode: 16 } }],
      ]),
      compressed: new Map([['20 rows', await measureCompression(longValues.get('20 rows'), 1)]]),
    })
    expect(report).toContain('| 200 rows | 40 | 0.40 | 1.20 | 0.45 | 0.50 | 0.0 | 0.0 |')
    expect(report).toContain(
      '| 200 rows: decoding, times as fast as JSON.parse of the text | 2.00 | 1.50 | yes |',
    )
    expect(report).toContain('| small objects: encoding, in parts of JSON | 1.60 | 1.50 | no |')
    expect(report).toContain('| gzip |')
  })

  it('has figures of every subject', () => {
    const figures = measureCodec(cborCodec(), { a: 1 }, { rounds: 1, ms: 1 })
    expect(Object.values(figures).every(figure => figure > 0)).toBe(true)
  })
})
