/** Row D4: EROFS by a mount of the child's own, EACCES as a user to whom permissions apply. */
import { describe, expect, it } from '@jest/globals'
import { asNobody, inTmpfs, openDirectory, runChild, tempDirectory } from './support.ts'

const child = 'no-permission.child.ts'
const inMount = async () => {
  const directory = await tempDirectory()
  return { directory, prefix: inTmpfs(directory, 'size=16m,mode=0700') }
}
const ofNobody = async () => ({ directory: await openDirectory(), prefix: asNobody })

const outcomes = [
  ['none', 'ok'],
  ['data', 'DISK_UNAVAILABLE'],
] as const
const refusals = [
  ['remount', 'a file system that is remounted read-only', inMount],
  ['closed', 'directories that are closed to the user', ofNobody],
] as const

describe.each(refusals)('%s: %s', (scenario, _, place) => {
  it.each(outcomes)('durability %s: one outage, reads go on, and it heals', async (durability, outcome) => {
    const { directory, prefix } = await place()
    expect(await runChild(child, [scenario, directory, durability], prefix)).toMatchObject({
      outcomes: { [outcome]: 35 },
      state: 'read-only',
      'hits of the replaced': 0,
      'hits of the kept': 25,
      'hits of the refused': 0,
      'events meanwhile': ['degraded'],
      healed: true,
      'outcomes after': { ok: 20 },
      'hits after': 20,
      'hits of the kept after': 25,
      events: ['degraded', 'recovered'],
      'hits in the next life': 20,
      wrong: [],
    })
  })
})

describe('values that cannot even be read', () => {
  it('are misses, and are there again afterwards', async () => {
    const { directory, prefix } = await ofNobody()
    expect(await runChild(child, ['hidden', directory], prefix)).toMatchObject({
      'hits meanwhile': 0,
      failures: true,
      'events meanwhile': ['degraded'],
      healed: true,
      'hits after': 30,
      'outcome after': 'ok',
      rejected: 0,
      events: ['degraded', 'recovered'],
      wrong: [],
    })
  })
})

describe.each([
  ['openReadOnly', 'a read-only file system', inMount],
  ['openClosed', 'a directory that is closed to the user', ofNobody],
] as const)('%s: a tier opened on %s', (scenario, _, place) => {
  it('is off with one event, and heals', async () => {
    const { directory, prefix } = await place()
    expect(await runChild(child, [scenario, directory], prefix)).toMatchObject({
      state: 'off',
      outcomes: { DISK_UNAVAILABLE: 30 },
      'events meanwhile': ['degraded'],
      healed: true,
      'hits of the kept after': 28,
      'outcome after': 'ok',
      events: ['degraded', 'recovered'],
      wrong: [],
    })
  })
})
