import { describe, expect, it } from '@jest/globals'
import { inTmpfs, runChild, tempDirectory } from './faults/support.ts'

const child = '../journal-outage.child.ts'
const mount = 'size=2m,mode=0700'

interface Held {
  readonly applied: number | undefined
  readonly found: readonly string[]
}

describe('a journal whose disk is full', () => {
  it('keeps what it was told, and stores it when there is room again', async () => {
    const directory = await tempDirectory()
    const facts = await runChild(child, ['heals', directory], inTmpfs(directory, mount))
    const held = { applied: 6, found: ['marked, invalidated', 'kept'] }
    expect(facts).toMatchObject({
      full: 'read-only',
      'held while full': { found: held.found },
      healed: true,
      'held once healed': held,
      'held in the next life': held,
    })
  })

  it('is behind what it was told if the process is killed before, never ahead', async () => {
    const directory = await tempDirectory()
    const facts = await runChild(child, ['killed', directory], inTmpfs(directory, mount))
    expect(facts['killed by']).toBe('SIGKILL')
    const { applied = 0, found } = facts['held in the next life'] as Held
    expect(found).toContain('kept')
    if (applied >= 5) expect(found).not.toContain('deleted')
    if (applied >= 6) expect(found).not.toContain('marked')
  })
})
