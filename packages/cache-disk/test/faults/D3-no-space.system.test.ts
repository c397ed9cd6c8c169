/** Row D3: a disk without space or inodes, really so: on a small tmpfs in mounts of the child's own. */
import { describe, expect, it } from '@jest/globals'
import { inTmpfs, runChild, tempDirectory } from './support.ts'

const child = 'no-space.child.ts'
const places = [
  ['bytes', 'size=2m,mode=0700'],
  ['inodes', 'size=16m,nr_inodes=300,mode=0700'],
  ['index', 'size=2m,mode=0700'],
] as const

const absorbed = { outcome: 'ok', durability: 'none' }
const rejected = { outcome: 'DISK_UNAVAILABLE', durability: 'data' }
const cases = places.flatMap(([fault, mount]) => [absorbed, rejected].map(how => ({ fault, mount, ...how })))

describe('a disk that is full', () => {
  it.each(cases)('of $fault, durability $durability: one outage, reads go on, and it heals', async one => {
    const directory = await tempDirectory()
    const facts = await runChild(child, [one.fault, directory, one.durability], inTmpfs(directory, one.mount))
    expect(facts).toMatchObject({
      'outcomes while full': { [one.outcome]: 60 },
      'hits of what was refused': 0,
      'hits of the deleted': 0,
      'state while full': 'read-only',
      counted: { failures: true, rejected: 0 },
      'events while full': ['degraded'],
      healed: true,
      'outcomes after': { ok: 20 },
      'hits after': 20,
      events: ['degraded', 'recovered'],
      'hits in the next life': 20,
      'files without an entry': 0,
      wrong: [],
    })
    // Each inode that a tier frees there is taken by the filler, until it has none to free.
    if (one.fault !== 'inodes') expect(facts['hits while full']).toBeGreaterThan(0)
  })

  it('that maxBytes exceeds: evicting makes room, and the tier goes on', async () => {
    const directory = await tempDirectory()
    const facts = await runChild(child, ['tooLarge', directory], inTmpfs(directory, 'size=3m,mode=0700'))
    expect(facts).toMatchObject({
      outcomes: { ok: 600 },
      'goes on': true,
      'some are served': true,
      evicted: true,
      state: 'ok',
      'files without an entry': 0,
      wrong: [],
    })
    expect(facts.recoveries).toBe(facts['outages that ended'])
  })

  it('and then a kill: no acknowledged delete comes undone', async () => {
    const directory = await tempDirectory()
    const facts = await runChild(child, ['killed', directory], inTmpfs(directory, 'size=2m,mode=0700'))
    expect(facts).toMatchObject({
      'killed by': 'SIGKILL',
      'deleted and back': [],
      'files without an entry': 0,
      'set afterwards': 'ok',
    })
  })
})
