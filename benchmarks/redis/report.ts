/** The report of a run against Redis, as markdown. */
import { load, machine } from '../report/results.ts'
import { median } from '../report/statistics.ts'
import { figure, grouped, table } from '../report/table.ts'
import { type Measured, type RoundFigures, ratio, scenarios } from './measure.ts'

export interface RedisRun {
  readonly command: string
  readonly server: string
  readonly rounds: number
  readonly keys: number
  readonly valueBytes: number
  readonly measured: readonly Measured[]
}

export function redisReport({ command, server, rounds, keys, valueBytes, measured }: RedisRun): string {
  return `# Reads from Redis

Command: \`${command}\`. Redis ${server} on the same machine, ${grouped(keys)} rows of ${grouped(valueBytes)} bytes as JSON, all of
them there, no memory tier before it. ${rounds} rounds of each reader in turn in one process; medians of rounds. Load at the end
${load()}. ${machine()}.

${scenarios.map(({ name }) => `## ${name}\n\n${scenarioTable(measured, name)}`).join('\n\n')}

## Ratios, round by round

${ratioTable(measured)}
`
}

function scenarioTable(measured: readonly Measured[], scenario: string): string {
  const rows = measured.filter(one => one.scenario === scenario)
  const mid = (all: readonly RoundFigures[], by: (one: RoundFigures) => number) => median(all.map(by))
  return table(
    ['', 'calls a second', 'p50, ms', 'p99, ms'],
    rows.map(({ reader, rounds }) => [
      reader,
      grouped(mid(rounds, one => one.callsPerSecond)),
      figure(
        mid(rounds, one => one.p50Ms),
        3,
      ),
      figure(
        mid(rounds, one => one.p99Ms),
        2,
      ),
    ]),
  )
}

const floor = 'node-redis GET, decoded'
const calls = ({ callsPerSecond }: RoundFigures) => callsPerSecond
const p50 = ({ p50Ms }: RoundFigures) => p50Ms

const asked = [
  {
    what: 'p50 one at a time, redisTier over GET',
    wanted: '≤ 1.10',
    scenario: 'one at a time',
    to: floor,
    by: p50,
  },
  {
    what: 'throughput 64 at once, redisTier over GET',
    wanted: '≥ 1.8',
    scenario: '64 at once',
    to: floor,
    by: calls,
  },
  {
    what: 'throughput 64 at once, redisTier over bentocache',
    wanted: '≥ 2.5',
    scenario: '64 at once',
    to: 'bentocache, memory and Redis',
    by: calls,
  },
  {
    what: 'throughput 64 at once, redisTier over cacheable',
    wanted: '≥ 6',
    scenario: '64 at once',
    to: 'cacheable, memory and Redis',
    by: calls,
  },
  {
    what: 'p50 of getMany(100), redisTier over MGET',
    wanted: '≤ 1.3',
    scenario: 'getMany(100), one at a time',
    to: floor,
    by: p50,
  },
  {
    what: 'throughput 64 at once, GET behind a guard over GET',
    wanted: '≥ 0.95',
    scenario: '64 at once',
    of: 'the same behind a guard',
    to: floor,
    by: calls,
  },
] as const

function ratioTable(measured: readonly Measured[]): string {
  return table(
    ['', 'wanted', 'median', 'quartiles'],
    asked.map(({ what, wanted, scenario, to, by, ...more }) => {
      const of = 'of' in more ? more.of : 'redisTier'
      const { median: mid, lowerQuartile, upperQuartile } = ratio(measured, scenario, { of, to, by })
      return [what, wanted, figure(mid, 2), `${figure(lowerQuartile, 2)}–${figure(upperQuartile, 2)}`]
    }),
  )
}
