/** `speed [options]`: what an operation costs, against the floor and the rivals; README.md has the options. */
import { writeFileSync } from 'node:fs'
import { type Arguments, readArguments } from '../report/options.ts'
import { progressLine } from '../report/progress.ts'
import { commandLine, writeResult } from '../report/results.ts'
import { UsageError } from '../report/usage-error.ts'
import { Contestant, judge, type Rounds, type Timing } from './judge.ts'
import { speedReport } from './report.ts'
import { type Scenario, scenarios } from './scenarios.ts'
import { allSubjects, byEntry, isFloor, ourNames, rival, rivalNames, type SubjectId } from './subjects.ts'

export async function speed(args: readonly string[]): Promise<void> {
  const options = readArguments(args, ['rounds', 'ms', 'subjects', 'scenarios', 'json', 'out'])
  const timing = { rounds: options.count('rounds', 15), ms: options.count('ms', 60) }
  const names = subjectsOf(options)
  const chosen = scenariosOf(options)
  const began = performance.now()
  const results = await runAll(chosen, allSubjects(names), timing)
  const json = options.text('json')
  if (json !== undefined) writeFileSync(json, jsonOf(results))
  const report = speedReport({
    command: commandLine('speed', args),
    ...timing,
    seconds: (performance.now() - began) / 1000,
    results,
    ours: names.filter(name => !rivalNames.includes(name)),
    rivals: names.filter(name => rivalNames.includes(name)),
  })
  writeResult('speed.md', report, options.text('out'))
}

async function runAll(
  chosen: readonly Scenario[],
  subjects: readonly SubjectId[],
  timing: Timing,
): Promise<readonly Rounds[]> {
  const progress = progressLine()
  const results: Rounds[] = []
  for (const [index, scenario] of chosen.entries()) {
    const place = `[${index + 1}/${chosen.length}]`
    const onRound = (what: string) => progress.show(`${place} ${what}`)
    // New processes: code compiled for one scenario is at times slow in the next, and not for all alike.
    const contestants = subjects
      .filter(subject => takesPart(subject, scenario))
      .map(subject => new Contestant(subject))
    try {
      results.push(await judge(scenario, contestants, { ...timing, onRound }))
    } finally {
      for (const contestant of contestants) contestant.end()
    }
    progress.say(`${place} ${scenario.name}`)
  }
  return results
}

function takesPart({ name, life }: SubjectId, { floor, hasSets, isLarge }: Scenario): boolean {
  if (isFloor(name)) return name === floor
  if (name === byEntry && !hasSets) return false
  return !isLarge || (life === 'ttl' && (name === rival || !rivalNames.includes(name)))
}

function subjectsOf(options: Arguments): readonly string[] {
  const known = [...ourNames, ...rivalNames]
  const wanted = options.list('subjects') ?? known
  const unknown = wanted.find(name => !known.includes(name))
  if (unknown !== undefined) throw new UsageError(`--subjects knows ${known.join(', ')}, not "${unknown}"`)
  return wanted
}

/** By parts of their names. */
function scenariosOf(options: Arguments): readonly Scenario[] {
  const wanted = options.list('scenarios')
  const chosen = wanted ? scenarios.filter(({ name }) => wanted.some(part => name.includes(part))) : scenarios
  if (chosen.length > 0) return chosen
  throw new UsageError(`--scenarios takes parts of: ${scenarios.map(({ name }) => name).join('; ')}`)
}

function jsonOf(results: readonly Rounds[]): string {
  const plain = results.map(({ scenario, bySubject }) => ({
    scenario: scenario.name,
    floor: scenario.floor,
    rounds: Object.fromEntries(bySubject),
  }))
  return `${JSON.stringify(plain, undefined, 1)}\n`
}
