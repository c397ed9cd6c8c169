/** Row D8: another program holds the index when the tier opens. Later none can: the tier holds it then. */
import { describe, expect, it } from '@jest/globals'
import { runChild, tempDirectory } from './support.ts'

describe('an index that another process has locked', () => {
  it('makes the tier off: calls are answered, other files are not held up, and it heals', async () => {
    const directory = await tempDirectory()
    expect(await runChild('locked-index.child.ts', ['meet', directory])).toMatchObject({
      'other work': 100,
      hits: 0,
      outcomes: { DISK_UNAVAILABLE: 200 },
      state: 'off',
      'events meanwhile': ['degraded'],
      healed: true,
      'hits after': 19,
      'outcome after': 'ok',
      events: ['degraded', 'recovered'],
      wrong: [],
    })
  })
})
