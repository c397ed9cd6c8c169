import { isGreenlangError } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { createHistory } from '../src/coherence/history.ts'
import { describeViolation } from '../src/coherence/history-describe.ts'
import type { HistoryOptions, HistoryRead, HistoryWrite } from '../src/coherence/history-types.ts'

const aWrite: HistoryWrite = { key: 'k', version: 1, committedAt: 1000, acknowledgedAt: 1010, process: 9 }
const aRead: HistoryRead = {
  key: 'k',
  process: 1,
  startedAt: 1200,
  endedAt: 1201,
  version: 0,
  source: 'memory',
}

function filled(options: Partial<HistoryOptions>, events: readonly (HistoryWrite | HistoryRead)[]) {
  const history = createHistory({ boundMs: 100, ...options })
  for (const event of events) 'startedAt' in event ? history.read(event) : history.write(event)
  return history
}

describe('the report of a history', () => {
  it('is all zeros of nothing', () => {
    const none = { a: 0, b: 0, c: 0, d: 0, e: 0, f: 0, g: 0 }
    expect(createHistory({ boundMs: 0 }).check()).toEqual({
      reads: 0,
      excused: 0,
      judged: 0,
      suspendedReads: 0,
      outsideReads: 0,
      writes: 0,
      acknowledged: 0,
      violations: 0,
      byRule: none,
      violatingReads: 0,
      suspended: 0,
      suspendedByRule: none,
      outside: 0,
      outsideByRule: none,
      examples: [],
      ageP50Ms: 0,
      ageP999Ms: 0,
      worstAgeMs: 0,
      worstSuspendedAgeMs: 0,
      hitRatio: 0,
      sources: {},
      loads: 0,
      loadsPerRead: 0,
      rewriteIntervalMs: undefined,
    })
  })

  it('counts what answered, what was loaded, and how often keys change', () => {
    const sources = ['memory', 'memory', 'disk', 'shared', 'load', '__proto__', 'load', 'load']
    const history = filled({}, [
      aWrite,
      { key: 'k', version: 2, committedAt: 1300, process: 9 },
      { key: 'k', version: 3, committedAt: 2000, process: 9 },
      { key: 'j', version: 0, committedAt: Number.NEGATIVE_INFINITY, process: 9 },
      { key: 'j', version: 1, committedAt: 1000, process: 9 },
      { key: 'j', version: 2, committedAt: 1100, process: 9 },
      ...sources.map(source => ({ ...aRead, source, startedAt: 1000, excused: source === 'disk' })),
    ])
    history.loads(3)
    history.loads(1)
    const report = history.check()
    expect(report).toMatchObject({ reads: 8, excused: 1, judged: 7, writes: 6, acknowledged: 1 })
    expect(report).toMatchObject({ hitRatio: 3 / 8, loads: 4, loadsPerRead: 0.5 })
    expect(Object.entries(report.sources)).toEqual([
      ['memory', 2],
      ['disk', 1],
      ['shared', 1],
      ['load', 3],
      ['__proto__', 1],
    ])
    expect(report.rewriteIntervalMs).toBe((1000 + 100) / 3)
  })

  it('has the ages of the judged reads, by nearest rank', () => {
    const ages = Array.from({ length: 1000 }, (_, index) => ({
      ...aRead,
      startedAt: 1010 + index - 400,
      endedAt: 3000,
    }))
    const history = filled({ boundMs: 1e6 }, [aWrite, ...ages])
    // A version that was never written has no age.
    for (let count = 0; count < 50; count += 1) history.read({ ...aRead, version: 77 })
    expect(history.check()).toMatchObject({ ageP50Ms: 99, ageP999Ms: 598, worstAgeMs: 599, judged: 1050 })
  })

  it('judges again what was told later', () => {
    const history = filled({}, [aRead])
    expect(history.check().violations).toBe(0)
    history.write(aWrite)
    expect(history.check().violations).toBe(1)
    expect(history.check()).toEqual(history.check())
  })

  it('shows the ten earliest violations, in whatever order they were told', () => {
    const reads = Array.from({ length: 50 }, (_, index) => ({
      ...aRead,
      startedAt: 1200 + ((index * 17) % 50),
      endedAt: 1300,
    }))
    const { examples, violations } = filled({}, [...reads, aWrite]).check()
    expect(violations).toBe(50)
    expect(examples.map(({ read }) => read.startedAt)).toEqual(
      Array.from({ length: 10 }, (_, index) => 1200 + index),
    )
    expect(filled({}, [aWrite, ...reads.toReversed()]).check().examples).toEqual(examples)
    expect(examples[0]).toEqual({
      rule: 'a',
      read: { ...aRead, endedAt: 1300 },
      judgedAs: 0,
      expected: 1,
      since: 1010,
      limitMs: 100,
      ageMs: 190,
    })
  })
})

describe('describeViolation', () => {
  const own = { ...aWrite, process: 1, returnedAt: 1020 }
  const unacknowledged: HistoryWrite = { key: 'k', version: 1, committedAt: 1000, process: 9 }
  const gone = { ...unacknowledged, absent: true }
  const begun = 'process 1 read version 0 of key "k" from memory, from 1200 to 1201'
  it.each<[string, (HistoryWrite | HistoryRead)[]]>([
    [
      `rule a (stale): ${begun}; version 1 had been acknowledged at 1010, 190 ms before the read began, limit 100 ms`,
      [aWrite, aRead],
    ],
    [
      'rule b (future): process 1 read version 1 of key "k" from memory, from 900 to 901; version 1 was committed at 1000, 99 ms after the read ended; the highest by then was version 0',
      [aWrite, { ...aRead, version: 1, startedAt: 900, endedAt: 901 }],
    ],
    [
      'rule b (future): process 1 read version 0 of key "k" from memory, from 900 to 901; version 0 was committed at 1000, 99 ms after the read ended; none was committed by then',
      [
        { ...aWrite, version: 0 },
        { ...aRead, startedAt: 900, endedAt: 901 },
      ],
    ],
    [
      'rule c (foreign): process 1 read version 4 of key "\\n" from memory, from 1200 to 1201 (excused, final); that version was never written for the key',
      [{ ...aRead, key: '\n', version: 4, excused: true, final: true }],
    ],
    [
      'rule c (foreign): process 1 read nothing of key "k" from memory, from 1200 to 1201; no version of the key that was committed by the end of the read is absent',
      [{ ...aRead, version: undefined }],
    ],
    [
      `rule d (monotonic): ${begun}; the same process had ended a read of version 1 at 1050, 150 ms before the read began, limit 100 ms`,
      [{ ...aWrite, acknowledgedAt: 1100 }, { ...aRead, version: 1, startedAt: 1040, endedAt: 1050 }, aRead],
    ],
    [
      'rule e (rest): process 1 read nothing (at best version 1) of key "k" from memory, from 1200 to 1201 (final); everything had come to rest, and the highest version is 2',
      [gone, { ...unacknowledged, version: 2 }, { ...aRead, version: undefined, final: true }],
    ],
    [
      `rule f (life): ${begun}; its value was made at 100, 1100 ms before the read began, limit 1000 ms`,
      [{ ...aRead, madeAt: 100 }],
    ],
    [
      'rule g (own): process 1 read version 0 of key "k" from memory, from 1021 to 1201; the same process had written version 1, which returned at 1020, 1 ms before the read began',
      [own, { ...aRead, startedAt: 1021 }],
    ],
  ])('%s', (line, events) => {
    const { examples } = filled({ ttlMs: 1000 }, events).check()
    expect(examples.map(describeViolation)).toEqual([line])
  })
})

describe('what a history refuses', () => {
  const codeOf = (action: () => unknown) => {
    try {
      action()
    } catch (error) {
      return isGreenlangError(error) ? error.message : error
    }
    return 'nothing'
  }

  it.each<[string, Partial<HistoryWrite>]>([
    ['argument write.committedAt must be a time in ms', { committedAt: Number.NaN }],
    ['argument write.committedAt must be a time in ms', { committedAt: Number.POSITIVE_INFINITY }],
    ['argument write.acknowledgedAt must be a time in ms', { acknowledgedAt: Number.NaN }],
    ['argument write.returnedAt must be a time in ms', { returnedAt: Number.NaN }],
    ['argument write.version must be a whole number >= 0', { version: 1.5 }],
    ['argument write.version must be a whole number >= 0', { version: -1 }],
    ['argument write.process must be a whole number >= 0', { process: 2 ** 31 }],
    ['argument key must be a string', { key: 1 as never }],
  ])('write: %s %p', (message, wrong) => {
    const history = filled({}, [])
    expect(codeOf(() => history.write({ ...aWrite, ...wrong }))).toContain(message)
    expect(history.check().writes).toBe(0)
  })

  it.each<[string, Partial<HistoryRead>]>([
    ['argument read.startedAt must be a time in ms', { startedAt: Number.NaN }],
    ['argument read.startedAt must be a time in ms', { startedAt: Number.NEGATIVE_INFINITY }],
    ['argument read.endedAt must be a time in ms', { endedAt: Number.NaN }],
    ['argument read.endedAt must be no earlier than startedAt', { endedAt: 1199 }],
    ['argument read.madeAt must be a time in ms', { madeAt: Number.NaN }],
    ['argument read.version must be a whole number >= 0', { version: Number.NaN }],
    ['argument read.process must be a whole number >= 0', { process: -1 }],
    ['argument read.source must be a string that is not empty', { source: '' }],
    ['argument key must be a string', { key: undefined as never }],
  ])('read: %s %p', (message, wrong) => {
    const history = filled({}, [])
    expect(codeOf(() => history.read({ ...aRead, ...wrong }))).toContain(message)
    expect(history.check().reads).toBe(0)
  })

  it.each([[[1, 1]], [[1, 2, 3, 2]], [[5, 3, 4, 5]], [[5, 3, 4, 3]], [[5, 3, 7, 7]], [[0, 0]]])(
    'the versions %p of one key',
    versions => {
      const history = filled({}, [])
      const tell = () => {
        for (const version of versions) history.write({ ...aWrite, version })
      }
      expect(codeOf(tell)).toContain('argument write.version must be one that the key does not have already')
      expect(history.check().writes).toBe(versions.length - 1)
      history.write({ ...aWrite, key: 'other' })
    },
  )

  it('a number of loads that is none', () => {
    expect(codeOf(() => createHistory({ boundMs: 1 }).loads(-1))).toContain('argument count must be a whole')
  })

  it.each<[unknown]>([
    [{ from: 2, to: 1 }],
    [{ from: Number.NaN, to: 1 }],
    [{ from: 1, to: Number.NaN }],
    [{ from: 1 }],
    [{ from: '1', to: '2' }],
    [null],
    [undefined],
    [[{ from: 0, to: 9000 }]],
  ])('the span %p', span => {
    const history = filled({}, [aWrite, aRead])
    const before = history.check()
    expect(codeOf(() => history.suspend(span as never))).toContain('option suspended must be spans of a time')
    expect(history.check()).toEqual(before)
    history.suspend({ from: 1200, to: 1201 })
    expect(history.check()).toMatchObject({ violations: 0, suspended: 1 })
  })

  it.each<[string, object]>([
    ['option boundMs must be a number', {}],
    ['option boundMs must be a number', { boundMs: -1 }],
    ['option boundMs must be a number', { boundMs: Number.NaN }],
    ['option ttlMs must be a number', { boundMs: 1, ttlMs: 0 }],
    ['option ttlSlackMs must be a number', { boundMs: 1, ttlSlackMs: -1 }],
    ['option outside must be a function', { boundMs: 1, outside: ['k'] }],
    ['option suspended must be an array of spans', { boundMs: 1, suspended: {} }],
    ['option suspended must be spans of a time', { boundMs: 1, suspended: [{ from: 2, to: 1 }] }],
    ['option suspended must be spans of a time', { boundMs: 1, suspended: [{ from: Number.NaN, to: 1 }] }],
    ['option suspended must be spans of a time', { boundMs: 1, suspended: [null] }],
    ['option history.bound must be one that exists', { bound: 1 }],
  ])('%s %p', (message, options) => {
    expect(codeOf(() => createHistory(options as never))).toContain(message)
  })
})
