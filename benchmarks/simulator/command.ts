/** `hit-ratio [folders and files of traces] [options]`: who keeps what is asked for again; README.md has the options. */
import { writeFileSync } from 'node:fs'
import { type Arguments, readArguments } from '../report/options.ts'
import { progressLine } from '../report/progress.ts'
import { commandLine, writeResult } from '../report/results.ts'
import { isUsageError, UsageError } from '../report/usage-error.ts'
import { type Found, findTraces } from './find-traces.ts'
import { formats, type ReadOptions, readTrace } from './formats.ts'
import { generatedNames, generateTrace } from './generate.ts'
import { readManifest } from './manifest.ts'
import { type HitRatioRun, hitRatioReport, summaries, type TraceFacts } from './report.ts'
import { type Plan, type Point, simulate } from './simulate.ts'
import { allSubjects, baseline, type Subject } from './subjects.ts'
import type { Trace } from './trace.ts'

const values = ['sizes', 'policies', 'format', 'limit', 'manifest', 'seed', 'json', 'out']
const csvValues = ['delimiter', 'key-column', 'size-column']

export async function hitRatio(args: readonly string[]): Promise<void> {
  const options = readArguments(args, [...values, ...csvValues], ['generated'])
  const groups = readManifest(options.text('manifest'))
  const plan = { subjects: subjectsOf(options), percents: percentsOf(options) }
  const began = performance.now()
  const sources = sourcesOf(options)
  const { traces, points } = await runAll(sources, plan)
  const failures = sources.length - traces.length
  if (traces.length === 0) throw new UsageError('no trace could be read')
  const run: HitRatioRun = {
    command: commandLine('hit-ratio', args),
    traces,
    points,
    subjects: plan.subjects.map(({ name }) => name),
    baseline,
    groups,
    seconds: (performance.now() - began) / 1000,
  }
  const json = options.text('json')
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ traces, points }, undefined, 1)}\n`)
  process.stdout.write(`\n${summaries(run)}\n\n`)
  writeResult('hit-ratio.md', hitRatioReport(run), options.text('out'))
  if (failures > 0) throw new UsageError(`${failures} of ${sources.length} traces could not be read`)
}

type Source = () => Promise<Trace>

/** Read one by one, as their turn comes: no more than one is in memory. */
function sourcesOf(options: Arguments): readonly Source[] {
  const { positionals } = options
  const reading = readOptionsOf(options)
  const found = findTraces(positionals)
  const seed = options.count('seed', 1, 0)
  const generated = options.flag('generated') || positionals.length === 0 ? generatedNames : []
  return [
    ...found.map(
      ({ path, sizes }: Found) =>
        () =>
          readTrace(path, { ...reading, ...(sizes && { sizes }) }),
    ),
    ...generated.map(name => async () => generateTrace(name, seed)),
  ]
}

function readOptionsOf(options: Arguments): ReadOptions {
  const column = (name: string) => (options.text(name) === undefined ? undefined : options.count(name, 1))
  const given = {
    limit: options.text('limit') === undefined ? undefined : options.count('limit', 1),
    format: formats.find(format => format === options.text('format')),
    delimiter: options.text('delimiter'),
    keyColumn: column('key-column'),
    sizeColumn: column('size-column'),
  }
  if (given.format === undefined && options.text('format') !== undefined)
    throw new UsageError(`--format must be one of ${formats.join(', ')}`)
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** A trace that cannot be read costs its own results only; it is told of at once. */
async function runAll(sources: readonly Source[], plan: Plan) {
  const progress = progressLine()
  const traces: TraceFacts[] = []
  const points: Point[] = []
  for (const [index, source] of sources.entries()) {
    const place = `[${index + 1}/${sources.length}]`
    progress.show(`${place} reading`)
    try {
      const trace = renamed(await source(), traces)
      const { name, unique, requests } = trace
      const onRun = (what: string) => progress.show(`${place} ${what}`)
      points.push(...(await simulate(trace, { ...plan, onRun })))
      traces.push({ name, requests: requests.length, unique })
      progress.say(`${place} ${name}: ${requests.length} requests, ${unique} keys`)
    } catch (error) {
      if (!isUsageError(error)) throw error
      progress.say(`${place} ${error.message}`)
    }
  }
  return { traces, points }
}

/** Files of one name may be in two folders. */
function renamed(trace: Trace, taken: readonly TraceFacts[]): Trace {
  const isTaken = (name: string) => taken.some(other => other.name === name)
  let name = trace.name
  for (let number = 2; isTaken(name); number += 1) name = `${trace.name} (${number})`
  return { ...trace, name }
}

function subjectsOf(options: Arguments): readonly Subject[] {
  const subjects = allSubjects()
  const wanted = options.list('policies')
  const unknown = wanted?.find(name => !subjects.some(subject => subject.name === name))
  if (unknown !== undefined)
    throw new UsageError(`--policies knows ${subjects.map(({ name }) => name).join(', ')}, not "${unknown}"`)
  return wanted ? subjects.filter(({ name }) => wanted.includes(name)) : subjects
}

const commonPercents = ['0.5', '2', '5', '10', '20']

function percentsOf(options: Arguments): readonly number[] {
  const percents = (options.list('sizes') ?? commonPercents).map(Number)
  if (percents.every(percent => percent > 0 && percent <= 100)) return percents
  throw new UsageError('--sizes takes percents of the different keys, above 0 and up to 100, between commas')
}
