/**
 * The promise through the whole cache: memory, Redis and disk, as a service puts them together, in four processes with faults, beside
 * others by the same checker. The report goes to docs/evidence/cache.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  type FaultName,
  faults,
  type Plan,
  runTrial,
  type TrialReport,
  usualPlan,
} from '@greenlang/redis-trials'
import { trialFaults } from './prove-redis-demands.ts'
import { redisProofOptions } from './prove-redis-options.ts'
import { faultsText, rivalsText } from './prove-redis-report.ts'
import { rivalRuns } from './prove-redis-runs.ts'

const root = dirname(import.meta.dirname)
const say = (line: string) => void process.stdout.write(`${line}\n`)
const allFaults = Object.keys(faults) as FaultName[]
/** So that the disk is asked: little memory, and Redis gone half of the time. */
const diskPlan: Plan = { ...usualPlan, subject: 'cache', memoryShare: 0.2, readsPerSecond: 400 }
const diskFaults: readonly FaultName[] = ['kill', 'pause', 'crash', 'flush']
const diskSeconds = 60

export async function proveCache(args: readonly string[]): Promise<boolean> {
  const { seconds, seed } = redisProofOptions(args)
  say(`the whole cache, all faults, seed ${seed}, ${seconds} s`)
  const plan: Plan = { ...usualPlan, subject: 'cache', seed }
  const whole = await runTrial({ plan, forMs: seconds * 1_000, faults: allFaults, report: say })
  say('little memory, Redis gone often')
  const disk = await runTrial({
    plan: { ...diskPlan, seed },
    forMs: diskSeconds * 1_000,
    faults: diskFaults,
    report: say,
  })
  const rivals = await rivalRuns({ seed }, say)
  const notShown = [...trialFaults(whole), ...trialFaults(disk), ...rivalFaults(rivals)]
  mkdirSync(join(root, 'docs/evidence'), { recursive: true })
  writeFileSync(join(root, 'docs/evidence/cache.md'), reportOf({ whole, disk, rivals, notShown }))
  for (const fault of notShown) say(`NOT SHOWN: ${fault}`)
  say(`${notShown.length === 0 ? 'shown' : 'not shown'} with seed ${seed}; report in docs/evidence/cache.md`)
  return notShown.length === 0
}

function rivalFaults(rivals: readonly TrialReport[]): readonly string[] {
  return rivals
    .filter(({ history }) => history.violations === 0)
    .map(({ plan }) => `nothing was found against ${plan.subject}`)
}

interface Results {
  readonly whole: TrialReport
  readonly disk: TrialReport
  readonly rivals: readonly TrialReport[]
  readonly notShown: readonly string[]
}

function reportOf({ whole, disk, rivals, notShown }: Results): string {
  return `# Proof through the whole cache

Command: \`npm run prove -- cache\`. Node ${process.version}.

${notShown.length === 0 ? 'All that was to be shown was shown.' : notShown.map(fault => `- NOT SHOWN: ${fault}`).join('\n')}

Four processes, each with \`createCache\` over memory, a Redis behind a proxy that can be spoilt, and a disk of its own; a process that is
killed is followed by one that takes its disk over. A third of the reads with detail, the others by the shortest way. The
checker and its words are those of [redis.md](redis.md).
${faultsText(whole)}
# Little memory, Redis gone often
${faultsText(disk)}${rivalsText(whole, rivals)}`
}
