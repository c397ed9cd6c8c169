import { describe, expect, it } from '@jest/globals'
import { createHistory } from '../src/coherence/history.ts'
import type { HistoryOptions, HistoryRead, HistoryWrite } from '../src/coherence/history-types.ts'

const boundMs = 100
const write = (version: number, committedAt: number, more: Partial<HistoryWrite> = {}): HistoryWrite => ({
  key: 'k',
  version,
  committedAt,
  acknowledgedAt: committedAt + 10,
  process: 9,
  ...more,
})
const silent = (version: number, committedAt: number, more: Partial<HistoryWrite> = {}): HistoryWrite => {
  const { acknowledgedAt: _, ...rest } = write(version, committedAt, more)
  return rest
}
/** Just promptly enough for rule d, and as late as that allows: rule a begins when the bound has passed twice. */
const prompt = (version: number, committedAt: number): HistoryWrite =>
  write(version, committedAt, { acknowledgedAt: committedAt + boundMs })
/** Lasts 1 ms. */
const read = (
  startedAt: number,
  version: number | undefined,
  more: Partial<HistoryRead> = {},
): HistoryRead => ({
  key: 'k',
  process: 1,
  startedAt,
  endedAt: startedAt + 1,
  version,
  source: 'memory',
  ...more,
})

interface Told {
  readonly options?: Partial<HistoryOptions>
  readonly writes?: readonly HistoryWrite[]
  readonly reads: readonly HistoryRead[]
}

function check({ options, writes = [], reads }: Told) {
  const history = createHistory({ boundMs, ...options })
  for (const one of reads) history.read(one)
  for (const one of writes) history.write(one)
  return history.check()
}

const brokenBy = (told: Told) =>
  Object.entries(check(told).byRule).flatMap(([rule, count]) => (count === 0 ? [] : [`${rule}${count}`]))

interface Case {
  readonly name: string
  readonly told: Told
  /** Rules broken, each with how often. */
  readonly broken: readonly string[]
}

const stale: Case[] = [
  {
    name: 'a: an old version until the bound after the acknowledgement',
    told: { writes: [write(1, 1000)], reads: [read(1000, 0), read(1110, 0)] },
    broken: [],
  },
  {
    name: 'a: an old version later than that',
    told: { writes: [write(1, 1000)], reads: [read(1110.5, 0)] },
    broken: ['a1'],
  },
  {
    name: 'a: a version whose successor was acknowledged after the successor of that',
    told: {
      writes: [write(1, 1000, { acknowledgedAt: 2000 }), write(2, 1100, { acknowledgedAt: 1200 })],
      reads: [read(1301, 0, { process: 1 }), read(1301, 1, { process: 2 }), read(1301, 2, { process: 3 })],
    },
    broken: ['a2'],
  },
  {
    name: 'a: the new version of an acknowledgement, however late that of the version before it comes',
    told: {
      writes: [write(1, 1000, { acknowledgedAt: 5000 }), write(2, 1100, { acknowledgedAt: 1200 })],
      reads: [read(9000, 2)],
    },
    broken: [],
  },
  {
    name: 'a: an old version of a write that was never acknowledged',
    told: { writes: [silent(1, 1000)], reads: [read(9000, 0)] },
    broken: [],
  },
  {
    name: 'a: an old version, of another key',
    told: { writes: [write(1, 1000, { key: 'other' })], reads: [read(9000, 0)] },
    broken: [],
  },
  {
    name: 'a: an old version with its excuse',
    told: { writes: [write(1, 1000)], reads: [read(9000, 0, { excused: true })] },
    broken: [],
  },
]

const future: Case[] = [
  {
    name: 'b: either version while a write overlaps the read',
    told: {
      writes: [write(1, 1000)],
      reads: [read(990, 0, { endedAt: 1010 }), read(990, 1, { endedAt: 1010 })],
    },
    broken: [],
  },
  {
    name: 'b: a version that is committed as the read ends',
    told: { writes: [write(1, 1000)], reads: [read(999, 1)] },
    broken: [],
  },
  {
    name: 'b: a version that is committed after the read ended, excused or not',
    told: {
      writes: [write(1, 1000)],
      reads: [read(990, 1), read(990, 1, { process: 2, excused: true })],
    },
    broken: ['b2'],
  },
  {
    name: 'b: a version that must have been committed, for a higher one was',
    told: { writes: [write(1, 1020), write(2, 1000)], reads: [read(1005, 1)] },
    broken: [],
  },
  {
    name: 'b: a version 0 that was written, before it was',
    told: { writes: [write(0, 1000)], reads: [read(10, 0)] },
    broken: ['b1'],
  },
]

const foreign: Case[] = [
  { name: 'c: version 0 of a key that nobody wrote', told: { reads: [read(10, 0)] }, broken: [] },
  {
    name: 'c: a version of another key, excused or not',
    told: {
      writes: [write(1, 1000, { key: 'other' })],
      reads: [read(1001, 1), read(1001, 1, { process: 2, excused: true })],
    },
    broken: ['c2'],
  },
  {
    name: 'c: a version between two',
    told: { writes: [write(1, 1000), write(3, 1100)], reads: [read(9000, 2, { final: true })] },
    broken: ['c1'],
  },
  {
    name: 'c: nothing, of a key that always had a row',
    told: { reads: [read(10, undefined)] },
    broken: ['c1'],
  },
  {
    name: 'c: nothing, before the row is gone',
    told: { writes: [write(1, 1000, { absent: true })], reads: [read(990, undefined)] },
    broken: ['c1'],
  },
  {
    name: 'c: nothing, of a row that is not there yet',
    told: {
      writes: [write(0, Number.NEGATIVE_INFINITY, { absent: true }), write(1, 1000)],
      reads: [read(990, undefined), read(1001, undefined)],
    },
    broken: [],
  },
]

const absent: Case[] = [
  {
    name: 'absent: nothing, as the row is gone',
    told: {
      writes: [write(1, 1000, { absent: true })],
      reads: [read(999, undefined), read(9000, undefined)],
    },
    broken: [],
  },
  {
    name: 'absent: nothing, too long after the row came back',
    told: { writes: [write(1, 1000, { absent: true }), write(2, 2000)], reads: [read(2200, undefined)] },
    broken: ['a1'],
  },
  {
    name: 'absent: nothing counts as the last time that the row was gone',
    told: {
      writes: [
        write(1, 1000, { absent: true }),
        write(2, 2000),
        write(3, 3000, { absent: true }),
        write(4, 4000, { absent: true }),
      ],
      reads: [read(9000, undefined, { final: true })],
    },
    broken: [],
  },
  {
    name: 'absent: a value of the row, too long after it is gone',
    told: { writes: [write(1, 1000, { absent: true })], reads: [read(1200, 0)] },
    broken: ['a1'],
  },
]

const monotonic: Case[] = [
  {
    name: 'd: an older version until the bound after the end of a newer read',
    told: { writes: [prompt(1, 1000)], reads: [read(1000, 1), read(1101, 0)] },
    broken: [],
  },
  {
    name: 'd: an older version later than that',
    told: { writes: [prompt(1, 1000)], reads: [read(1000, 1), read(1101.5, 0)] },
    broken: ['d1'],
  },
  {
    name: 'd: an older version in another process, or of another key',
    told: {
      writes: [prompt(1, 1000)],
      reads: [read(1000, 1), read(1200, 0, { process: 2 }), read(1200, 0, { key: 'other' })],
    },
    broken: [],
  },
  {
    name: 'd: an older version, where one of the two has its excuse',
    told: {
      writes: [prompt(1, 1000)],
      reads: [
        read(1000, 1, { excused: true }),
        read(1200, 0),
        read(1000, 1, { process: 2 }),
        read(1200, 0, { process: 2, excused: true }),
      ],
    },
    broken: [],
  },
  {
    name: 'd: older versions after a long newer read that began first',
    told: {
      writes: [prompt(1, 1000)],
      reads: [read(1000, 1, { endedAt: 1050 }), read(1150, 0), read(1151, 0)],
    },
    broken: ['d1'],
  },
]

/** Which versions bind those who have read them. */
const bases: Case[] = [
  {
    name: 'd: an older version after one that was never acknowledged',
    told: { writes: [silent(1, 1000)], reads: [read(1000, 1), read(1101.5, 0), read(9000, 0)] },
    broken: [],
  },
  {
    name: 'd: an older version after one that was acknowledged late, until rule a forbids it',
    told: {
      writes: [write(1, 1000, { acknowledgedAt: 1100.5 })],
      reads: [read(1000, 1), read(1200.5, 0), read(1201, 0)],
    },
    broken: ['a1'],
  },
  {
    name: 'd: an older version after one that was acknowledged late, but before it was read',
    told: {
      writes: [write(1, 1000, { acknowledgedAt: 1100.5 })],
      reads: [read(1101, 1), read(1203, 0)],
    },
    broken: ['a1'],
  },
  {
    name: 'd: an older version after one of which only a higher one was acknowledged promptly',
    told: {
      writes: [silent(1, 1000), write(2, 1050, { acknowledgedAt: 1100 })],
      reads: [read(1000, 1), read(1101.5, 0)],
    },
    broken: ['d1'],
  },
  {
    name: 'd: an older version after one that was acknowledged late, a higher one promptly',
    told: {
      writes: [write(1, 1000, { acknowledgedAt: 5000 }), write(2, 1050, { acknowledgedAt: 1100 })],
      reads: [read(1000, 1), read(1101.5, 0)],
    },
    broken: ['d1'],
  },
  {
    name: 'd: an older version, where the acknowledgement was prompt for the higher one only',
    told: {
      writes: [silent(1, 1000), write(2, 1050, { acknowledgedAt: 1100.5 })],
      reads: [
        read(1000, 1),
        read(1170, 0),
        read(1050, 2, { process: 2 }),
        read(1170, 0, { process: 2 }),
        read(1170, 1, { process: 2 }),
      ],
    },
    broken: ['d2'],
  },
  {
    name: 'd: an older version after one that was not acknowledged, the one between promptly',
    told: { writes: [prompt(1, 1000), silent(2, 1050)], reads: [read(1050, 2), read(1160, 1)] },
    broken: [],
  },
  {
    name: 'd: an older version after a prompt one, though one not acknowledged was read since',
    told: {
      writes: [prompt(1, 1000), silent(2, 1001)],
      reads: [read(1000, 1), read(1050, 2), read(1102, 0)],
    },
    broken: ['d1'],
  },
  {
    name: 'd: a version that must have been committed earlier, for a higher one was: too early to be prompt',
    told: {
      writes: [write(1, 1020, { acknowledgedAt: 1110 }), silent(2, 1000)],
      reads: [read(1020, 1), read(1150, 0)],
    },
    broken: [],
  },
  {
    name: 'd: an older version after one that was acknowledged before the history begins',
    told: {
      writes: [write(0, Number.NEGATIVE_INFINITY), write(1, Number.NEGATIVE_INFINITY)],
      reads: [read(1000, 1), read(1101.5, 0)],
    },
    broken: ['a1', 'd1'],
  },
]

const rest: Case[] = [
  {
    name: 'e: the highest version at rest, acknowledged or not',
    told: { writes: [write(1, 1000), silent(2, 1100)], reads: [read(9000, 2, { final: true })] },
    broken: [],
  },
  {
    name: 'e: a lower one at rest',
    told: {
      writes: [write(1, 1000), silent(2, 1100)],
      reads: [read(9000, 1, { final: true }), read(9000, 1), read(9000, 1, { final: true, excused: true })],
    },
    broken: ['e1'],
  },
]

const aged = { ttlMs: 1000, ttlSlackMs: 50 }
const life: Case[] = [
  {
    name: 'f: a value until its ttl and the slack',
    told: { options: aged, reads: [read(1150, 0, { madeAt: 100 })] },
    broken: [],
  },
  {
    name: 'f: a value later than that, excused or not, and one of unknown age',
    told: {
      options: aged,
      reads: [read(1151, 0, { madeAt: 100 }), read(1151, 0, { madeAt: 100, excused: true }), read(9000, 0)],
    },
    broken: ['f1'],
  },
  { name: 'f: any value without a ttl', told: { reads: [read(9000, 0, { madeAt: 100 })] }, broken: [] },
  {
    name: 'f: nothing and a foreign version',
    told: {
      options: aged,
      reads: [read(9000, undefined, { madeAt: 1 }), read(9000, 7, { madeAt: 1, process: 2 })],
    },
    broken: ['c2', 'f2'],
  },
]

const own: Case[] = [
  {
    name: 'g: the own write as soon as it returned, others before',
    told: {
      writes: [silent(1, 1000, { process: 1, returnedAt: 1010 })],
      reads: [read(1005, 0), read(1010, 0), read(1010.5, 1), read(1020, 0, { process: 2 })],
    },
    broken: [],
  },
  {
    name: 'g: an older version after the own write returned, unacknowledged, excused or not',
    told: {
      writes: [silent(1, 1000, { process: 1, returnedAt: 1010 })],
      reads: [read(1010.5, 0), read(1010.5, 0, { excused: true })],
    },
    broken: ['g1'],
  },
  {
    name: 'g: the older of two own writes that returned in the other order',
    told: {
      writes: [
        silent(1, 1000, { process: 1, returnedAt: 1040 }),
        silent(2, 1001, { process: 1, returnedAt: 1020 }),
      ],
      reads: [read(1030, 1), read(1050, 1)],
    },
    broken: ['g2'],
  },
  {
    name: 'g: an older version of a write that never returned',
    told: { writes: [silent(1, 1000, { process: 1 })], reads: [read(9000, 0)] },
    broken: [],
  },
]

describe('the rules of a history', () => {
  it.each([...stale, ...future, ...foreign, ...absent, ...monotonic, ...bases, ...rest, ...life, ...own])(
    '$name: $broken',
    ({ told, broken }) => {
      expect(brokenBy(told)).toEqual(broken)
    },
  )

  it('counts apart what is read while the promise is suspended, but for the life of values', () => {
    const writes = [write(1, 1000, { process: 1, returnedAt: 1010 })]
    const suspended = [
      { from: 4000, to: 4500 },
      { from: 2000, to: 3000 },
      { from: 2500, to: 4000 },
    ]
    const options = { ...aged, suspended }
    const beginnings = [1999, 2000, 3000, 4000, 4499, 4500]
    const report = check({ options, writes, reads: beginnings.map(at => read(at, 0, { madeAt: at - 2000 })) })
    expect(report.byRule).toEqual({ a: 2, b: 0, c: 0, d: 0, e: 0, f: 6, g: 2 })
    expect(report.suspendedByRule).toEqual({ a: 4, b: 0, c: 0, d: 0, e: 0, f: 0, g: 0 })
    expect(report).toMatchObject({
      violations: 10,
      violatingReads: 6,
      suspended: 4,
      suspendedReads: 4,
      judged: 2,
      worstAgeMs: 4500 - 1010,
      worstSuspendedAgeMs: 4499 - 1010,
    })
  })

  it('counts apart the keys that the promise leaves out, suspended or not', () => {
    const options = { ...aged, outside: (key: string) => key === 'k', suspended: [{ from: 0, to: 1e9 }] }
    const report = check({ options, writes: [write(1, 1000)], reads: [read(9000, 0, { madeAt: 0 })] })
    expect(report.outsideByRule).toEqual({ a: 1, b: 0, c: 0, d: 0, e: 0, f: 1, g: 0 })
    expect(report).toMatchObject({
      violations: 0,
      suspended: 0,
      outside: 2,
      judged: 0,
      outsideReads: 1,
      suspendedReads: 0,
      worstAgeMs: 0,
      worstSuspendedAgeMs: 0,
      examples: [],
    })
  })
})

describe('suspend', () => {
  const writes = [write(1, 1000, { process: 1, returnedAt: 1010 })]
  const reads = [1999, 2000, 3000, 3999, 4000].map(at => read(at, 0, { madeAt: at - 2000 }))
  const filled = (options: Partial<HistoryOptions> = {}) => {
    const history = createHistory({ boundMs, ...aged, ...options })
    for (const one of reads) history.read(one)
    for (const one of writes) history.write(one)
    return history
  }

  it('does what the option does, before and after what is read, in any order', () => {
    const spans = [
      { from: 3500, to: 4000 },
      { from: 2000, to: 3000 },
      { from: 2500, to: 3600 },
    ]
    const expected = filled({ suspended: spans }).check()
    expect(expected).toMatchObject({ suspendedReads: 3, judged: 2, byRule: { a: 2, f: 5, g: 2 } })
    const after = filled({ suspended: spans.slice(0, 1) })
    for (const span of spans.slice(1).toReversed()) after.suspend(span)
    expect(after.check()).toEqual(expected)
    const before = createHistory({ boundMs, ...aged })
    for (const span of spans) before.suspend(span)
    for (const one of [...writes, ...reads]) 'startedAt' in one ? before.read(one) : before.write(one)
    expect(before.check()).toEqual(expected)
  })

  it('holds for what is checked from then on', () => {
    const history = filled()
    const first = history.check()
    const kept = structuredClone(first)
    expect(first).toMatchObject({ suspendedReads: 0, suspended: 0, judged: 5, violatingReads: 5 })
    expect(first.byRule).toMatchObject({ a: 5, f: 5, g: 5 })
    history.suspend({ from: 2000, to: 3000 })
    const second = history.check()
    expect(second).toMatchObject({ suspendedReads: 1, suspended: 1, judged: 4 })
    expect(second.byRule).toMatchObject({ a: 4, f: 5, g: 4 })
    history.suspend({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY })
    expect(history.check()).toMatchObject({
      suspendedReads: 5,
      suspended: 5,
      judged: 0,
      byRule: { a: 0, f: 5, g: 0 },
    })
    expect(first).toEqual(kept)
  })

  it('takes the span as it was, and leaves the option as it is', () => {
    const suspended = [{ from: 2000, to: 2001 }]
    const history = filled({ suspended })
    const span = { from: 3000, to: 3001 }
    history.suspend(span)
    span.to = 9000
    expect(history.check().suspendedReads).toBe(2)
    expect(suspended).toEqual([{ from: 2000, to: 2001 }])
  })

  it('suspends nothing for a span without a moment', () => {
    const history = filled()
    history.suspend({ from: 2000, to: 2000 })
    expect(history.check()).toEqual(filled().check())
  })
})
