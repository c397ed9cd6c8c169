/** Row D10: what somebody does to the directory itself. Nothing is ever written outside. */
import { describe, expect, it } from '@jest/globals'
import { runChild, tempDirectory } from './support.ts'

const child = 'places.child.ts'

describe('a running tier', () => {
  it.each([
    ['', 'deleted'],
    ['', 'moved'],
    ['values', 'deleted'],
    ['values', 'moved'],
  ])('whose directory /%s is %s works again, still alone, and into the next life', async (part, how) => {
    const facts = await runChild(child, ['deleted', await tempDirectory(), part, how])
    expect(facts).toMatchObject({
      hits: 0,
      works: true,
      healed: true,
      'hits after': 20,
      'a second tier': 'DIRECTORY_IN_USE',
      'hits in the next life': 20,
      wrong: [],
    })
  })

  it('is not held up by a pipe in place of a value', async () => {
    const facts = await runChild(child, ['pipe', await tempDirectory()])
    expect(facts).toMatchObject({ rejected: 2, 'set afterwards': 'ok', 'hit afterwards': true, wrong: [] })
  })
})

describe('planted links', () => {
  it('in place of values and of their directories are not followed', async () => {
    const facts = await runChild(child, ['links', await tempDirectory()])
    expect(facts).toMatchObject({ hits: true, outside: ['precious'], precious: 'precious', wrong: [] })
  })

  it('under the names of files to come are not followed', async () => {
    const facts = await runChild(child, ['names', await tempDirectory()])
    expect(facts).toMatchObject({ outside: [], works: true, wrong: [] })
  })

  it.each(['lock', 'index.sqlite', 'index.sqlite-wal', 'index.sqlite-shm', 'index.sqlite-journal', 'values'])(
    'at %s are not followed',
    async name => {
      const facts = await runChild(child, ['planted', await tempDirectory(), name])
      expect(facts).toMatchObject({ outside: ['precious'], precious: '', wrong: [] })
    },
  )
})
