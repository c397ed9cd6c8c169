/** Row D7 under a running tier. */
import { describe, expect, it } from '@jest/globals'
import { runChild, tempDirectory } from './support.ts'

const parts = ['index', 'log']
const cases = [
  ...parts.flatMap(part => ['zeroed', 'garbage', 'empty', 'deleted'].map(how => `${part} ${how}`)),
  ...['index cut', 'all garbage', 'all deleted'],
]

describe('while the tier runs', () => {
  it.each(cases)('%s: never a wrong value, and all goes on, into the next life', async how => {
    const facts = await runChild('damaged-index.child.ts', ['damaged', await tempDirectory(), how])
    expect(facts).toMatchObject({
      works: true,
      'set after': { ok: 20 },
      'hits after': 20,
      close: 'ok',
      'hits in the second life': 20,
      'files without an entry, second': 0,
      'hits in the third life': 20,
      'events of the third life': [],
      'files without an entry, third': 0,
      wrong: [],
    })
  })
})
