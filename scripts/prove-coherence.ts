/**
 * The coherence protocol over every mix and many seeds in virtual time, then each mutant and the naive cache over the
 * same. Runs in as many processes as there are processors; the report goes to docs/evidence/coherence.md and its tables
 * into docs/design/coherence.md.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { systemClock } from '@greenlang/core'
import {
  emptyTally,
  mixes,
  mutants,
  outageMix,
  suspendedMixes,
  type Tally,
} from '@greenlang/testkit/simulation'
import { type CoherenceResults, faultsOf, reportOf, tablesOf } from './prove-coherence-report.ts'

/** What one process is asked to run. `from`: the first seed, 1 where none is given; `seeds`: how many. */
export type CoherenceTask =
  | { readonly kind: 'mix'; readonly mix: string; readonly from: number; readonly seeds: number }
  | { readonly kind: 'mutant'; readonly mutant: string; readonly seeds: number }
  | { readonly kind: 'naive'; readonly seeds: number }

const seedsPerMix = 12
const roundsForNaive = 2
/** For mutants that take a rare meeting of events. */
const mostSeeds = 30
const root = dirname(import.meta.dirname)
const begin = '<!-- figures:begin -->'
const end = '<!-- figures:end -->'

/** Whether all that was to be shown was. */
export async function proveCoherence(): Promise<boolean> {
  const began = systemClock.now()
  const all = [...mixes, ...suspendedMixes, outageMix]
  const tasks: CoherenceTask[] = [
    ...all.map(({ name }, index): CoherenceTask => {
      return { kind: 'mix', mix: name, from: index * seedsPerMix + 1, seeds: seedsPerMix }
    }),
    { kind: 'naive', seeds: roundsForNaive },
    ...mutants.map(({ name }): CoherenceTask => ({ kind: 'mutant', mutant: name, seeds: mostSeeds })),
  ]
  const tallies = await runAll(tasks)
  const results: CoherenceResults = {
    seconds: Math.round((systemClock.now() - began) / 1000),
    seedsPerMix,
    tallyOf: name => tallies.get(name) ?? emptyTally(name),
  }
  mkdirSync(join(root, 'docs/evidence'), { recursive: true })
  writeFileSync(join(root, 'docs/evidence/coherence.md'), reportOf(results))
  insertTables(tablesOf(results))
  const faults = faultsOf(results)
  for (const fault of faults) process.stdout.write(`NOT SHOWN: ${fault}\n`)
  process.stdout.write(
    `${faults.length === 0 ? 'shown' : 'not shown'}; report in docs/evidence/coherence.md\n`,
  )
  return faults.length === 0
}

function nameOf(task: CoherenceTask): string {
  if (task.kind === 'naive') return 'naive'
  return task.kind === 'mix' ? task.mix : task.mutant
}

/** Gives each process one task after the other. */
async function runAll(tasks: readonly CoherenceTask[]): Promise<Map<string, Tally>> {
  const tallies = new Map<string, Tally>()
  const waiting = [...tasks]
  const work = async () => {
    const child = fork(join(import.meta.dirname, 'prove-coherence-part.ts'), { execArgv: process.execArgv })
    try {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
        const tally = await ask(child, task)
        tallies.set(nameOf(task), tally)
        const { reads, violations, runs, worstAgeMs } = tally
        const figures = `${runs} runs, ${reads} reads, ${violations} violations, worst age ${Math.round(worstAgeMs)} ms`
        process.stdout.write(`[${tallies.size}/${tasks.length}] ${task.kind} ${nameOf(task)}: ${figures}\n`)
      }
    } finally {
      child.kill()
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return tallies
}

function ask(child: ChildProcess, task: CoherenceTask): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`a process of the proof ended with code ${code}`))
    child.once('exit', onExit)
    child.once('message', message => {
      child.off('exit', onExit)
      resolve(message as Tally)
    })
    child.send(task)
  })
}

function insertTables(tables: string): void {
  const path = join(root, 'docs/design/coherence.md')
  const text = readFileSync(path, 'utf8')
  const [before, after] = [text.indexOf(begin), text.indexOf(end)]
  if (before < 0 || after < before)
    throw new Error(`docs/design/coherence.md has no place for tables: ${begin}`)
  writeFileSync(path, `${text.slice(0, before + begin.length)}\n${tables}\n${text.slice(after)}`)
}
