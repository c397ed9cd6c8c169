import { createHash } from 'node:crypto'
import { fakeClock, seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import {
  type AdmissionOptions,
  type AdmissionParts,
  createAdmission,
  parseAdmission,
} from '../src/admission/admission.ts'
import { RecentSets } from '../src/admission/recent-sets.ts'

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const nameOf = (key: string) => createHash('sha256').update(key).digest('hex')
const mb = 2 ** 20
const far = Number.POSITIVE_INFINITY

function admissionOf(options: AdmissionOptions | undefined, parts: Partial<AdmissionParts> = {}) {
  const clock = fakeClock()
  const settings = parseAdmission(options)
  return { clock, admission: createAdmission(settings, { clock, maxEntries: 1_000_000, ...parts }) }
}

describe('admission', () => {
  it('admits all unless told otherwise, and keeps nothing', () => {
    for (const options of [undefined, {}, { afterSets: 1 }]) {
      const { admission } = admissionOf(options)
      expect(admission.mayAdmit(nameOf('key'), 0)).toBe(true)
      expect(admission.judge(nameOf('key'), 0, 2 ** 40)).toBeUndefined()
      expect(admission.save()).toBeUndefined()
      expect(admission).toBe(admissionOf(undefined).admission)
      expect(admission.counts()).toEqual({ shortLived: 0, seldom: 0, overBudget: 0 })
    }
  })

  it.each([
    [{ minLife: 0 }, 'admission.minLife'],
    [{ minLife: '5 minutes' }, 'admission.minLife'],
    [{ afterSets: 0 }, 'admission.afterSets'],
    [{ afterSets: 16 }, 'admission.afterSets'],
    [{ afterSets: 1.5 }, 'admission.afterSets'],
    [{ dailyBytes: mb - 1 }, 'admission.dailyBytes'],
    [{ dailyBytes: Number.NaN }, 'admission.dailyBytes'],
    [{ minLive: '1s' }, 'admission.minLive'],
    ['all', 'of admission'],
    [null, 'of admission'],
  ])('refuses %j', (options, option) => {
    expect(() => parseAdmission(options as AdmissionOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    )
  })

  it('does not admit what has little left to live, to the millisecond', async () => {
    const { admission, clock } = admissionOf({ minLife: '10s' })
    const name = nameOf('key')
    const expiresAt = clock.now() + 10_000
    expect(admission.mayAdmit(name, expiresAt)).toBe(true)
    expect(admission.judge(name, expiresAt, 1)).toBeUndefined()
    await clock.advance(1)
    expect(admission.mayAdmit(name, expiresAt)).toBe(false)
    expect(admission.judge(name, expiresAt, 1)).toBe('short-lived')
    expect(admission.judge(name, far, 1)).toBeUndefined()
    expect(admission.counts()).toEqual({ shortLived: 2, seldom: 0, overBudget: 0 })
  })

  it.each([2, 3, 15])('admits a key from its set number %i on', afterSets => {
    const { admission } = admissionOf({ afterSets })
    const verdicts = Array.from({ length: 20 }, () => admission.judge(nameOf('key'), far, 1))
    const early = new Array(afterSets - 1).fill('seen-too-seldom')
    expect(verdicts).toEqual([...early, ...new Array(21 - afterSets).fill(undefined)])
    expect(admission.counts()).toEqual({ shortLived: 0, seldom: afterSets - 1, overBudget: 0 })
  })

  it('counts a set once, whether it was refused before or after it was encoded', () => {
    const { admission } = admissionOf({ afterSets: 3 })
    const set = (key: string) => admission.mayAdmit(nameOf(key), far) && !admission.judge(nameOf(key), far, 1)
    expect([1, 2, 3, 4].map(() => set('key'))).toEqual([false, false, true, true])
    expect([1, 2, 3, 4].map(() => set('another'))).toEqual([false, false, true, true])
    expect(admission.counts().seldom).toBe(4)
  })

  it('admits a set of a key that is held, within the budget, and counts it', () => {
    const { admission } = admissionOf({ afterSets: 3, dailyBytes: '1mb' })
    expect(admission.judge(nameOf('key'), far, mb / 8, true)).toBeUndefined()
    expect(admission.judge(nameOf('key'), far, mb / 4, true)).toBe('over-budget')
    expect(admission.judge(nameOf('key'), far, mb / 8)).toBeUndefined()
    expect(admission.counts()).toEqual({ shortLived: 0, seldom: 0, overBudget: 1 })
  })

  it('counts a set that is short-lived or over the budget as a set too', () => {
    const { admission, clock } = admissionOf({ afterSets: 3, minLife: '1s', dailyBytes: '1mb' })
    const name = nameOf('key')
    expect(admission.judge(name, clock.now() + 1, 1)).toBe('short-lived')
    expect(admission.judge(name, far, 1)).toBe('seen-too-seldom')
    expect(admission.judge(name, far, mb)).toBe('over-budget')
    expect(admission.judge(name, far, 1)).toBeUndefined()
    expect(admission.counts()).toEqual({ shortLived: 1, seldom: 1, overBudget: 1 })
  })
})

describe(`what was set lately (SEED=${seed})`, () => {
  const window = 2 ** 17
  const names = Array.from({ length: 2 * window }, (_, index) => nameOf(`${seed} ${index}`))

  it('is told from what was not: about 1 new key in 1000 counts as seen', () => {
    const recent = new RecentSets(window)
    let wrong = 0
    for (const name of names) if (recent.count(name) > 1) wrong += 1
    report('new keys taken for seen ones', wrong / names.length)
    expect(wrong / names.length).toBeLessThan(0.002)
  })

  it('is told as well where half of the sets are of keys that come all the time', () => {
    const recent = new RecentSets(window)
    const random = seededRandom(seed)
    const counts = { wrong: 0, asked: 0 }
    const hot = names.slice(0, 2000)
    for (const name of names.slice(window)) {
      recent.count(hot[Math.floor(random() * hot.length)] ?? '')
      counts.asked += 1
      if (recent.count(name) > 1) counts.wrong += 1
    }
    report('new keys among hot ones taken for seen ones', counts.wrong / counts.asked)
    expect(counts.wrong / counts.asked).toBeLessThan(0.002)
  })

  it.each([0.01, 0.25, 0.5, 0.9])('is remembered over %d of the window by the rest of it', part => {
    const recent = new RecentSets(window)
    const distance = Math.floor(part * window)
    const nameAt = (index: number) =>
      names[Math.floor(index / (2 * distance)) * distance + (index % distance)] ?? ''
    const counts = { seen: 0, asked: 0 }
    for (let index = 0; index < 2 * window; index += 1) {
      const sets = recent.count(nameAt(index))
      const isSecond = index % (2 * distance) >= distance
      if (!isSecond) continue
      counts.asked += 1
      if (sets >= 2) counts.seen += 1
    }
    report(`second sets recognised at ${part} of the window`, counts.seen / counts.asked)
    expect(Math.abs(counts.seen / counts.asked - (1 - part))).toBeLessThan(0.05)
  })

  it('is forgotten after two windows, and counts no further than 15', () => {
    const recent = new RecentSets(1024)
    for (let index = 0; index < 100; index += 1) recent.count(nameOf('key'))
    expect(recent.seen(nameOf('key'))).toBe(15)
    for (let index = 0; index < 5 * 1024; index += 1) recent.count(nameOf(`other ${index}`))
    expect(recent.seen(nameOf('key'))).toBeLessThanOrEqual(1)
  })
})

describe('the daily budget', () => {
  const name = nameOf('key')
  const hourMs = 3_600_000

  it(`lets no 24 h see more than a day's bytes (SEED=${seed})`, async () => {
    const { admission, clock } = admissionOf({ dailyBytes: '1mb' })
    const random = seededRandom(seed)
    const begin = clock.now()
    const written: { at: number; bytes: number }[] = []
    while (clock.now() < begin + 60 * hourMs) {
      // Bursts after pauses: what a bucket is worst at.
      const pauseMs = random() < 0.003 ? random() * 20 * hourMs : random() * 60_000
      await clock.advance(pauseMs)
      const bytes = Math.ceil(random() * 20_000)
      if (admission.judge(name, far, bytes) === undefined) written.push({ at: clock.now(), bytes })
    }
    const days = written.map(({ at }) =>
      written
        .filter(other => other.at >= at && other.at < at + 24 * hourMs)
        .reduce((sum, { bytes }) => sum + bytes, 0),
    )
    report('most bytes in 24 h of 1 MiB', Math.max(...days) / mb)
    expect(Math.max(...days)).toBeLessThanOrEqual(mb)
  })

  it('gives a quarter at once, and a day later the whole day was given', async () => {
    const { admission, clock } = admissionOf({ dailyBytes: '1mb' })
    expect(admission.judge(name, far, mb / 4)).toBeUndefined()
    expect(admission.judge(name, far, 1)).toBe('over-budget')
    await clock.advance(8 * hourMs + 1000)
    expect(admission.judge(name, far, mb / 4)).toBeUndefined()
    expect(admission.judge(name, far, 1000)).toBe('over-budget')
    expect(admission.counts().overBudget).toBe(2)
  })

  it('does not renew over restarts', async () => {
    const first = admissionOf({ dailyBytes: '1mb' })
    const { clock } = first
    let { admission } = first
    let bytes = 0
    for (let crash = 0; crash < 500; crash += 1) {
      while (admission.judge(name, far, 1000) === undefined) bytes += 1000
      const saved = admission.save()
      admission = admissionOf(
        { dailyBytes: '1mb' },
        { clock, ...(saved === undefined ? {} : { saved }) },
      ).admission
      await clock.advance('2m')
    }
    expect(bytes).toBeLessThanOrEqual(mb)
    expect(bytes).toBeGreaterThan(0.7 * mb)
  })

  it('survives a clock that was set back, and one that was set ahead', async () => {
    const dayMs = 24 * hourMs
    const spent = admissionOf({ dailyBytes: '1mb' })
    spent.admission.judge(name, far, mb / 4)
    let saved = spent.admission.save()
    const at = spent.clock.now()
    const restartAt = (now: number) => {
      const clock = fakeClock(now)
      const { admission } = admissionOf(
        { dailyBytes: '1mb' },
        { clock, ...(saved === undefined ? {} : { saved }) },
      )
      saved = admission.save()
      return { admission, clock }
    }
    const back = restartAt(at - 365 * dayMs)
    expect(back.admission.judge(name, far, 1)).toBe('over-budget')
    await back.clock.advance(8 * hourMs + 1000)
    expect(back.admission.judge(name, far, mb / 4)).toBeUndefined()

    const ahead = restartAt(at + 365 * dayMs)
    expect(ahead.admission.judge(name, far, mb / 4)).toBeUndefined()
    expect(ahead.admission.judge(name, far, 1)).toBe('over-budget')
    saved = ahead.admission.save()
    const right = restartAt(at)
    expect(right.admission.judge(name, far, 1)).toBe('over-budget')
    await right.clock.advance(8 * hourMs + 1000)
    expect(right.admission.judge(name, far, mb / 4)).toBeUndefined()
  })

  it.each([
    ['', 'not JSON'],
    ['null', 'nothing'],
    ['{"held":1e999,"at":1}', 'more than there can be'],
    ['{"held":-5,"at":1}', 'less than nothing'],
    ['{"held":"1","at":1}', 'a text'],
    ['{"held":1,"at":null}', 'without its time'],
    ['{"held":1}', 'cut'],
    ['[1,2]', 'something else'],
  ])('takes %j, %s, for no more than a new budget', saved => {
    const { admission } = admissionOf({ dailyBytes: '1mb' }, { saved })
    expect(admission.judge(name, far, mb / 4)).toBeUndefined()
    expect(admission.judge(name, far, 1)).toBe('over-budget')
  })

  it('of another size takes over what was left, within its own bound', () => {
    const { admission, clock } = admissionOf({ dailyBytes: '8mb' })
    const saved = admission.save()
    const next = admissionOf({ dailyBytes: '1mb' }, { clock, ...(saved === undefined ? {} : { saved }) })
    expect(next.admission.judge(name, far, mb / 4)).toBeUndefined()
    expect(next.admission.judge(name, far, 1)).toBe('over-budget')
  })
})

function report(what: string, value: number): void {
  process.stdout.write(`${what}: ${value.toPrecision(3)} (seed ${seed})\n`)
}
