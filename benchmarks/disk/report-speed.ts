/** The part of the report on gets, sets and misses. */
import { median } from '../report/statistics.ts'
import { figure, grouped, table } from '../report/table.ts'
import { sizes } from './material.ts'
import { type Comparison, type Operation, type Round, ratio } from './measure-speed.ts'
import type { SpeedRun } from './speed.ts'
import { names } from './subjects.ts'

const manyAtOnce = 16

export function speedReport(run: SpeedRun): string {
  const entries = sizes.map(({ name, entries }) => `${grouped(entries)} of ${name}`).join(', ')
  return `## Speed

Values are Buffers, all there: ${entries}; the page cache is warm. One call at a time, each in a turn of the event loop of
its own, which is not in the figure; ${run.rounds} rounds of ${run.roundMs} ms of each subject in turn, in one process; medians of rounds,
in µs. Sets replace what is there. \`writeBehind\`: how long its caller waits. Before each round a collection of garbage.

${(['get', 'set'] as const).map(operation => `### ${operation}\n\n${aloneTable(run, operation)}`).join('\n\n')}

### ${manyAtOnce} at once, 1 kB

${crowdTable(run)}

### Misses

${missLine(run)}

### Ratios, round by round

${ratioTable(run)}`
}

const p50 = ({ p50Us }: Round) => p50Us
const p99 = ({ p99Us }: Round) => p99Us
const calls = ({ callsPerSecond }: Round) => callsPerSecond

function aloneTable({ measured }: SpeedRun, operation: Operation): string {
  const those = measured.filter(one => one.operation === operation && one.atOnce === 1)
  const head = ['', ...sizes.flatMap(({ name }) => [`${name}, p50`, 'p99'])]
  const rows = [...new Set(those.map(({ subject }) => subject))].map(subject => [
    subject,
    ...sizes.flatMap(({ name }) => {
      const rounds = those.find(one => one.subject === subject && one.size === name)?.rounds ?? []
      return [p50, p99].map(by => microseconds(median(rounds.map(by))))
    }),
  ])
  return table(head, rows)
}

const microseconds = (value: number) => (value < 100 ? figure(value, 1) : grouped(value))

function crowdTable({ measured }: SpeedRun): string {
  const rows = measured
    .filter(({ atOnce }) => atOnce === manyAtOnce)
    .map(({ subject, operation, rounds }) => [
      `${operation}, ${subject}`,
      grouped(median(rounds.map(calls))),
      microseconds(median(rounds.map(p50))),
      microseconds(median(rounds.map(p99))),
    ])
  return table(['', 'calls a second', 'p50, µs', 'p99, µs'], rows)
}

function missLine({ misses: { count, usEach, syscalls } }: SpeedRun): string {
  const told = syscalls === undefined ? 'this system does not count' : grouped(syscalls)
  return `${grouped(count)} gets of keys that are not there: ${figure(usEach, 1)} µs each; system calls that read or wrote (\`syscr\` and
\`syscw\` of /proc/self/io, all threads of the process): ${told}. Wanted: 0.`
}

interface Asked extends Comparison {
  readonly what: string
  /** `most` or `least` is wanted; neither for what is only told. */
  readonly most?: number
  readonly least?: number
}

const get = { operation: 'get', by: p50 } as const
const set = { operation: 'set', by: p50 } as const

const asked: readonly Asked[] = [
  ...sizes.map(({ name: size }) => ({
    ...{ ...get, size, of: names.sha256, to: names.syncHash, most: 1.5 },
    what: `get ${size}, sha256 over sync read + hash`,
  })),
  {
    ...{ ...get, size: '1 MB', of: names.sha256, to: names.asyncHash, most: 1.5 },
    what: 'get 1 MB, sha256 over async read + hash',
  },
  ...['1 kB', '100 kB'].map(size => ({
    ...{ ...get, size, of: names.crc32, to: names.sync, most: 3.5 },
    what: `get ${size}, crc32 over sync read`,
  })),
  {
    ...{ ...get, size: '1 MB', of: names.crc32, to: names.async, most: 1.1 },
    what: 'get 1 MB, crc32 over async read',
  },
  ...sizes.map(({ name: size }, index) => ({
    ...{ ...get, size, of: names.cacache, to: names.sha256, least: [8, 5, 3][index] as number },
    what: `get ${size}, cacache over sha256`,
  })),
  ...sizes.map(({ name: size }) => ({
    ...{ ...set, size, of: names.sha256, to: names.write, most: 1.5 },
    what: `set ${size}, sha256 over sync write + rename`,
  })),
  ...sizes.map(({ name: size }) => ({
    ...{ ...set, size, of: names.crc32, to: names.write },
    what: `set ${size}, crc32 over sync write + rename`,
  })),
  ...(['get', 'set'] as const).map(operation => ({
    ...{
      operation,
      by: calls,
      size: '1 kB',
      atOnce: manyAtOnce,
      of: names.sha256,
      to: names.bento,
      least: 3,
    },
    what: `calls a second, ${operation} 1 kB, ${manyAtOnce} at once, sha256 over bentocache`,
  })),
]

function ratioTable({ measured }: SpeedRun): string {
  const rows = asked.map(one => {
    const { median: mid, lowerQuartile, upperQuartile } = ratio(measured, one)
    const quartiles = `${figure(lowerQuartile, 2)}–${figure(upperQuartile, 2)}`
    return [one.what, wanted(one), figure(mid, 2), quartiles, verdict(one, mid)]
  })
  return table(['', 'wanted', 'median', 'quartiles', ''], rows)
}

function wanted({ most, least }: Asked): string {
  if (most !== undefined) return `≤ ${most}`
  return least === undefined ? '' : `≥ ${least}`
}

function verdict({ most, least }: Asked, mid: number): string {
  if (most === undefined && least === undefined) return ''
  return mid <= (most ?? Number.POSITIVE_INFINITY) && mid >= (least ?? 0) ? 'met' : 'not met'
}
