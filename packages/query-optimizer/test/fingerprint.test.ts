import { describe, expect, it } from '@jest/globals'
import { createFingerprinter, unparsed } from '../src/fingerprint.ts'

async function ready() {
  const fingerprinter = createFingerprinter()
  await fingerprinter.ready
  return fingerprinter
}

describe('fingerprints', () => {
  it('are equal for queries that differ in values only', async () => {
    const fingerprinter = await ready()
    const same = [
      "select * from t where a = 'x' and b in (1, 2)",
      'SELECT * FROM t WHERE a = $1 AND b IN ($2)',
      "select *  from t where a = 'y' /* comment */ and b in (1,2,3,4,5)",
    ]
    const ids = new Set(same.map(text => fingerprinter.of(text).id))
    expect(ids.size).toBe(1)
    expect(fingerprinter.of('select * from u where a = 1').id).not.toBe([...ids][0])
    expect([...ids][0]).toMatch(/^[0-9a-f]{16}$/)
  })

  it.each(['selec 1', "select 'secret", '', `select ${'1,'.repeat(20_000)}1`, "select 'a\0secret'"])(
    'are `unparsed`, without the text, for what cannot be parsed: %#',
    async text => {
      const fingerprinter = await ready()
      expect(fingerprinter.of(text)).toBe(unparsed)
      expect(fingerprinter.of('select 1').id).not.toBe(unparsed.id)
    },
  )

  it('are `unparsed` until the parser is loaded, and for ever if it cannot be', async () => {
    const loading = createFingerprinter()
    expect([loading.state, loading.of('select 1')]).toEqual(['loading', unparsed])
    const broken = createFingerprinter(() => Promise.reject(new Error('no WebAssembly here')))
    await broken.ready
    expect([broken.state, broken.of('select 1')]).toEqual(['failed', unparsed])
  })

  it('parse each text once', async () => {
    let parsed = 0
    const fingerprinter = createFingerprinter(async () => () => {
      parsed += 1
      return '0123456789abcdef'
    })
    await fingerprinter.ready
    for (let round = 0; round < 5; round += 1) fingerprinter.of('select 1')
    expect(parsed).toBe(1)
  })
})
