/** The checker against a plain reading of the rules, which compares everything with everything. SEED=<number> runs that seed. */
import { describe, expect, it } from '@jest/globals'
import { createHistory } from '../src/coherence/history.ts'
import type {
  HistoryOptions,
  HistoryRead,
  HistoryRule,
  HistoryViolation,
  HistoryWrite,
} from '../src/coherence/history-types.ts'
import { seededRandom } from '../src/index.ts'

interface Story {
  readonly options: HistoryOptions
  readonly writes: readonly HistoryWrite[]
  readonly reads: readonly HistoryRead[]
}

type Standing = 'promised' | 'suspended' | 'outside'
interface Found extends HistoryViolation {
  readonly standing: Standing
}

const options: HistoryOptions = {
  boundMs: 5,
  ttlMs: 20,
  ttlSlackMs: 2,
  outside: key => key === 'left out',
  suspended: [
    { from: 30, to: 40 },
    { from: 35, to: 42 },
    { from: 36, to: 38 },
    { from: 50, to: 50 },
  ],
}
const horizonMs = 70

/** Small whole times and half ones, so that many of them meet. In half of the stories most reads are good. */
function inventStory(seed: number): Story {
  const random = seededRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const time = () => below(horizonMs * 2) / 2
  const chance = (share: number) => random() < share
  // Some stories have acknowledgements in batches, so that several come at once.
  const batchMs = chance(0.5) ? 10 : 0.5
  const acknowledged = (at: number) => Math.ceil(at / batchMs) * batchMs
  // Rule d wants versions that were acknowledged soon.
  const promptly = chance(0.5)
  const writes: HistoryWrite[] = []
  for (const key of ['a', 'b', 'left out']) {
    const times = Array.from({ length: below(8) }, time).sort((a, b) => a - b)
    let version = chance(0.3) ? -1 : 0
    for (const committedAt of times) {
      version += chance(0.8) ? 1 : 1 + below(3)
      writes.push({
        key,
        version,
        committedAt: chance(0.05) ? committedAt + below(10) : committedAt,
        process: below(3),
        ...(chance(0.7) ? { acknowledgedAt: acknowledged(committedAt + below(promptly ? 8 : 30) / 2) } : {}),
        ...(chance(0.4) ? { returnedAt: committedAt + below(30) / 2 } : {}),
        ...(chance(0.2) ? { absent: true } : {}),
      })
    }
  }
  const wild = chance(0.5)
  /** Of the latest versions at that time one of the first, mostly. */
  const versionAt = (key: string, moment: number) => {
    const there = writes.filter(write => write.key === key && write.committedAt <= moment)
    return there.at(-1 - (chance(0.8) ? 0 : below(3)))?.version ?? 0
  }
  const reads = Array.from({ length: below(120) }, (): HistoryRead => {
    const key = ['a', 'a', 'b', 'left out', 'never written'][below(5)] ?? ''
    const startedAt = time()
    const version = wild ? below(11) : versionAt(key, startedAt)
    return {
      key,
      process: below(3),
      startedAt,
      endedAt: startedAt + (chance(0.8) ? below(4) : below(40)) / 2,
      version: chance(wild ? 0.15 : 0.03) ? undefined : version,
      source: ['memory', 'shared', 'load'][below(3)] ?? '',
      ...(chance(0.1) ? { excused: true } : {}),
      ...(chance(0.3) ? { madeAt: startedAt - below(wild ? 60 : 46) / 2 } : {}),
      ...(chance(wild ? 0.15 : 0.06) ? { final: true } : {}),
    }
  })
  return { options, writes, reads }
}

const always = Number.NEGATIVE_INFINITY

/** One read against the rules as they are written. */
class Oracle {
  readonly #story: Story

  constructor(story: Story) {
    this.#story = story
  }

  standing({ key, startedAt }: HistoryRead): Standing {
    const { outside = () => false, suspended = [] } = this.#story.options
    if (outside(key)) return 'outside'
    return suspended.some(({ from, to }) => from <= startedAt && startedAt < to) ? 'suspended' : 'promised'
  }

  /** `undefined`: foreign. */
  judgedAs({ key, version, endedAt }: HistoryRead): number | undefined {
    const there = this.#writes(key)
    if (version !== undefined) return there.some(write => write.version === version) ? version : undefined
    const highest = highestOf(there.filter(write => this.#committedAt(write) <= endedAt))
    return highestOf(there.filter(write => write.absent && write.version <= (highest?.version ?? -1)))
      ?.version
  }

  ageMs(read: HistoryRead): number | undefined {
    const version = this.judgedAs(read)
    if (version === undefined) return undefined
    return Math.max(
      0,
      read.startedAt - (this.#firstAbove(read.key, version)?.acknowledgedAt ?? Number.POSITIVE_INFINITY),
    )
  }

  violations(read: HistoryRead): Found[] {
    const { boundMs } = this.#story.options
    const { startedAt, endedAt, key, process } = read
    const there = this.#writes(key)
    const version = this.judgedAs(read)
    const found: Found[] = []
    const violate = (rule: HistoryRule, expected?: number, since?: number, limitMs = 0) => {
      const standing = this.standing(read)
      found.push({
        rule,
        read,
        judgedAs: version,
        expected,
        since,
        limitMs,
        ageMs: this.ageMs(read) ?? 0,
        standing: rule === 'f' && standing === 'suspended' ? 'promised' : standing,
      })
    }
    if (!read.excused && startedAt - (read.madeAt ?? startedAt) > 22) violate('f', undefined, read.madeAt, 22)
    if (version === undefined) violate('c')
    const seen = there.find(write => write.version === version)
    if (seen === undefined || version === undefined) return found
    if (this.#committedAt(seen) > endedAt) {
      const highest = highestOf(there.filter(write => this.#committedAt(write) <= endedAt))
      violate('b', highest?.version, this.#committedAt(seen))
    }
    if (read.excused) return found
    const first = this.#firstAbove(key, version)
    const late = there.some(
      write => write.version > version && startedAt - (write.acknowledgedAt ?? startedAt) > boundMs,
    )
    if (late) violate('a', first?.version, first?.acknowledgedAt, boundMs)
    this.#judgeEarlier(read, version, violate)
    const highest = highestOf(there)
    if (read.final && version !== highest?.version) violate('e', highest?.version)
    const own = highestOf(
      there.filter(write => write.process === process && (write.returnedAt ?? startedAt) < startedAt),
    )
    if (own !== undefined && own.version > version && this.standing(read) !== 'suspended')
      violate('g', own.version, own.returnedAt)
    return found
  }

  #judgeEarlier(
    read: HistoryRead,
    version: number,
    violate: (rule: HistoryRule, expected?: number, since?: number, limitMs?: number) => void,
  ): void {
    const { boundMs } = this.#story.options
    const earlier = this.#story.reads
      .filter(({ key, process, excused }) => key === read.key && process === read.process && !excused)
      .filter(other => other.version !== undefined)
      .filter(({ endedAt }) => read.startedAt - endedAt > boundMs)
      .map(other => ({ endedAt: other.endedAt, version: this.judgedAs(other) ?? -1 }))
      .filter(other => this.#isBase(read.key, other.version))
      .sort((a, b) => b.version - a.version || a.endedAt - b.endedAt)[0]
    if (earlier !== undefined && earlier.version > version)
      violate('d', earlier.version, earlier.endedAt, boundMs)
  }

  /** Whether rule d holds those to the version who have read it. */
  #isBase(key: string, version: number): boolean {
    const there = this.#writes(key)
    const own = there.find(write => write.version === version)
    if (own === undefined) return false
    const latest = this.#committedAt(own) + this.#story.options.boundMs
    return there.some(
      write => write.version >= version && (write.acknowledgedAt ?? Number.POSITIVE_INFINITY) <= latest,
    )
  }

  #writes(key: string): readonly HistoryWrite[] {
    const there = this.#story.writes.filter(write => write.key === key)
    if (there.some(({ version }) => version === 0)) return there
    return [{ key, version: 0, committedAt: always, acknowledgedAt: always, process: -1 }, ...there]
  }

  #committedAt({ key, version }: HistoryWrite): number {
    const later = this.#writes(key).filter(write => write.version >= version)
    return Math.min(...later.map(({ committedAt }) => committedAt))
  }

  #firstAbove(key: string, version: number): HistoryWrite | undefined {
    return this.#writes(key)
      .filter(write => write.version > version && write.acknowledgedAt !== undefined)
      .sort((a, b) => (a.acknowledgedAt ?? 0) - (b.acknowledgedAt ?? 0) || a.version - b.version)[0]
  }
}

function highestOf(writes: readonly HistoryWrite[]): HistoryWrite | undefined {
  return writes.toSorted((a, b) => b.version - a.version)[0]
}

const rules = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const

/** What of a report the oracle knows too. */
function expectedOf(story: Story) {
  const oracle = new Oracle(story)
  const found = story.reads.flatMap(read => oracle.violations(read))
  const unexcused = story.reads.filter(({ excused }) => !excused)
  const agesOf = (standing: Standing) =>
    unexcused
      .filter(read => oracle.standing(read) === standing)
      .flatMap(read => oracle.ageMs(read) ?? [])
      .sort((a, b) => a - b)
  const count = (standing: Standing) => {
    const there = found.filter(violation => violation.standing === standing)
    return Object.fromEntries(rules.map(rule => [rule, there.filter(one => one.rule === rule).length]))
  }
  const promised = found.filter(({ standing }) => standing === 'promised')
  const ages = agesOf('promised')
  return {
    judged: unexcused.filter(read => oracle.standing(read) === 'promised').length,
    violations: promised.length,
    violatingReads: new Set(promised.map(({ read }) => read)).size,
    byRule: count('promised'),
    suspendedByRule: count('suspended'),
    outsideByRule: count('outside'),
    ageP50Ms: ages[Math.ceil(ages.length * 0.5) - 1] ?? 0,
    ageP999Ms: ages[Math.ceil(ages.length * 0.999) - 1] ?? 0,
    worstAgeMs: ages.at(-1) ?? 0,
    worstSuspendedAgeMs: agesOf('suspended').at(-1) ?? 0,
    examples: promised
      .map(({ standing: _, ...violation }) => violation)
      .toSorted(byBegin)
      .slice(0, 10),
  }
}

function byBegin(a: HistoryViolation, b: HistoryViolation): number {
  const placeOf = ({ rule, read }: HistoryViolation) => [
    read.startedAt,
    read.endedAt,
    read.key,
    read.process,
    rule,
    read.version ?? -1,
    read.source,
    read.madeAt ?? 0,
    read.excused ? 1 : 0,
    read.final ? 1 : 0,
  ]
  const ofB = placeOf(b)
  const differing = placeOf(a).findIndex((part, index) => part !== ofB[index])
  if (differing === -1) return 0
  return (placeOf(a)[differing] ?? 0) < (ofB[differing] ?? 0) ? -1 : 1
}

/** Told in another order, the spans partly as they come, and checked once on the way. */
function check({ options, writes, reads }: Story, random: () => number) {
  const { suspended = [] } = options
  const known = suspended.filter(() => random() < 0.5)
  const history = createHistory({ ...options, suspended: known })
  const later = suspended.filter(span => !known.includes(span))
  const events = [
    ...later.map(span => ({ place: random(), tell: () => history.suspend(span) })),
    { place: random(), tell: () => void history.check() },
    ...writes.map(write => ({ place: random(), tell: () => history.write(write) })),
    ...reads.map(read => ({ place: random(), tell: () => history.read(read) })),
  ]
  for (const { tell } of events.sort((a, b) => a.place - b.place)) tell()
  return history.check()
}

const firstSeed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const stories = process.env.SEED === undefined ? 400 : 1

describe(`a history as the rules have it (SEED=${firstSeed} to ${firstSeed + stories - 1})`, () => {
  it('finds what comparing everything with everything finds', () => {
    const total: Record<string, number> = {}
    for (let seed = firstSeed; seed < firstSeed + stories; seed += 1) {
      const story = inventStory(seed)
      const report = check(story, seededRandom(seed + 1))
      const expected = expectedOf(story)
      expect({ seed, ...report }).toMatchObject({ seed, ...expected })
      for (const name of ['byRule', 'suspendedByRule', 'outsideByRule'] as const)
        for (const rule of rules)
          total[`${name} ${rule}`] = (total[`${name} ${rule}`] ?? 0) + (expected[name][rule] ?? 0)
    }
    // By its definition no violation of f or g is counted as suspended.
    const never = Object.keys(total).filter(name => total[name] === 0)
    if (stories > 1) expect(never).toEqual(['suspendedByRule f', 'suspendedByRule g'])
  })

  it('judges 300 000 reads of one key with 30 000 versions, told backwards', () => {
    const writes = 30_000
    const reads = 300_000
    const history = createHistory({ boundMs: 100, ttlMs: 1000 })
    for (let version = writes; version > 0; version -= 1) {
      const at = version * 10
      history.write({
        key: 'k',
        version,
        committedAt: at,
        acknowledgedAt: at,
        returnedAt: at,
        process: version % 8,
      })
    }
    // Comparing each with each would take nine thousand million comparisons, and the reads among each other ten times that.
    for (let index = reads; index > 0; index -= 1) {
      const endedAt = index + 1
      const version = index % 1000 === 0 ? Math.max(0, Math.floor(index / 10) - 20) : Math.floor(index / 10)
      history.read({
        key: 'k',
        process: 8 + (index % 8),
        startedAt: index,
        endedAt,
        version,
        source: 'memory',
      })
    }
    const report = history.check()
    expect(report).toMatchObject({
      reads,
      writes,
      worstAgeMs: 190,
      byRule: { a: 300, b: 0, c: 0, d: 300, e: 0, g: 0 },
    })
  })
})
