/** What the proof of coherence says, as text: the tables, what was not shown, the whole report. */
import { cpus } from 'node:os'
import {
  boundMs,
  deadlineMs,
  leaseMs,
  type Mix,
  mixes,
  mutants,
  outageMix,
  suspendedMixes,
  type Tally,
} from '@greenlang/testkit/simulation'

export interface CoherenceResults {
  readonly seconds: number
  readonly seedsPerMix: number
  readonly tallyOf: (name: string) => Tally
}

const thousand = 1000
const fewestInvalidations = 1000
const fewestMemoryHits = 0.5
const outageHits = 0.6
const outageLoads = 0.35
const undisturbed = ['calm', 'long loads', 'cold tags']

/** What was to be shown and was not. */
export function faultsOf({ tallyOf }: CoherenceResults): readonly string[] {
  const faults: string[] = []
  const demand = (holds: boolean, what: string) => {
    if (!holds) faults.push(what)
  }
  for (const mix of [...mixes, ...suspendedMixes, outageMix]) {
    const tally = tallyOf(mix.name)
    const first = tally.firstFailure && `; replay with mix "${mix.name}", seed ${tally.firstFailure.seed}`
    demand(tally.violations === 0, `${tally.violations} violations in "${mix.name}"${first ?? ''}`)
    demand(
      tally.acknowledged >= fewestInvalidations || mix === outageMix,
      `few invalidations in "${mix.name}"`,
    )
    for (const fault of plannedFaults(mix))
      demand((tally.faults[fault] ?? 0) > 0, `no ${fault} in "${mix.name}"`)
    demand(tally.hung === 0, `${tally.hung} reads never ended in "${mix.name}"`)
    demand(tally.failedReads === 0 || mix.failing > 0, `${tally.failedReads} reads failed in "${mix.name}"`)
    const outlived = tally.worstSuspendedAgeMs > mix.ttlMs || tally.cut.pastLife > 0
    demand(!outlived, `suspended reads outlive the ttl in "${mix.name}"`)
  }
  for (const name of undisturbed)
    demand(share(tallyOf(name), 'memory') >= fewestMemoryHits, `memory hits below a half in "${name}"`)
  const outage = tallyOf(outageMix.name)
  demand(share(outage, 'hits') >= outageHits, 'hit ratio in an outage')
  demand(share(outage, 'loads') <= outageLoads, 'loads per read in an outage')
  for (const { name } of mutants)
    demand(tallyOf(name).violations > 0, `the mutant "${name}" was not found out`)
  demand(tallyOf('naive').violations > fewestInvalidations, 'the naive cache was not found out')
  return faults
}

export function tablesOf(results: CoherenceResults): string {
  return `\n${variantTable(results)}\n\n${mixTable(results)}\n`
}

export function reportOf(results: CoherenceResults): string {
  const { seconds, seedsPerMix } = results
  const faults = faultsOf(results)
  return `# Proof of coherence

Command: \`npm run prove -- coherence\`. Node ${process.version}, ${cpus().length} processors, ${seconds} s.

Every mix ran ${seedsPerMix} seeds of its own, of 60 s of virtual time each. H = ${leaseMs} ms, deadline = ${deadlineMs} ms, B = ${boundMs} ms.
A mutant ran all mixes with seed 1, 2 and so on until it was found out. Runs replay exactly: the same mix and
seed give the same history, whatever the machine.

${faults.length === 0 ? 'All that was to be shown was shown.' : faults.map(fault => `- NOT SHOWN: ${fault}`).join('\n')}

## The protocol, the usual, and the protocol without one guard

Violations of rules a (stale), b (future), c (foreign), d (monotonic), e (rest), f (life) and g (own).

${variantTable(results)}

## The protocol, by mix

Suspended: violations among the reads of the time in which the promise is suspended, as documented. Cut: reads flagged because
nobody could be asked (\`whenCut: 'serve'\`), and how many of them were stale.

${mixTable(results)}
`
}

function variantTable({ tallyOf }: CoherenceResults): string {
  const whole = [...mixes, ...suspendedMixes].map(({ name }) => tallyOf(name))
  const row = (rule: string, name: string, tallies: readonly Tally[]) => {
    const rules = tallies.flatMap(({ byRule }) => Object.entries(byRule))
    const letters = [...new Set(rules.map(([letter]) => letter))].sort()
    const counts = letters.map(
      letter =>
        `${letter} ${sum(
          rules.filter(([of]) => of === letter),
          ([, n]) => n,
        )}`,
    )
    const worst = Math.max(...tallies.map(({ worstAgeMs }) => worstAgeMs))
    const first = tallies.find(({ firstFailure }) => firstFailure)?.firstFailure
    const where = first ? `${first.mix}, seed ${first.seed}` : ''
    const figures = `${sum(tallies, one => one.violations)} / ${thousands(sum(tallies, one => one.reads))}`
    return `| ${rule} | ${name} | ${figures} | ${counts.join(', ')} | ${Math.round(worst)} | ${where} |`
  }
  return [
    '| Rule | Variant | Violations / reads | By rule | Worst age, ms | First seen in |',
    '|---|---|---|---|---|---|',
    row('', '**the protocol**', whole),
    row('', 'DEL + PUBLISH', [tallyOf('naive')]),
    ...mutants.map(({ rule, name }) => row(rule === 0 ? 'words' : `${rule}`, name, [tallyOf(name)])),
  ].join('\n')
}

function mixTable({ tallyOf }: CoherenceResults): string {
  const rows = [...mixes, ...suspendedMixes, outageMix].map(mix => {
    const tally = tallyOf(mix.name)
    const faults = Object.entries(tally.faults).map(([fault, fired]) => `${fault} ${fired}`)
    const promise = `${tally.violations} / ${thousands(tally.reads)} | ${tally.suspended} / ${thousands(tally.suspendedReads)}`
    const ages = `${Math.round(tally.worstAgeMs)} | ${Math.round(tally.ageP999Ms)}`
    const ratios = ['hits', 'memory', 'loads'].map(of => share(tally, of as 'hits').toFixed(2)).join(' | ')
    return `| ${mix.name} | ${promise} | ${tally.acknowledged} | ${ages} | ${ratios} | ${tally.excused} | ${cutOf(tally)} | ${faults.join(', ')} |`
  })
  return [
    '| Mix | Violations / reads | Suspended | Acknowledged writes | Worst age, ms | p99.9, ms | Hits | in memory | Loads a read | Flagged | Cut: stale / reads, worst age | Faults fired |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

function cutOf({ cut }: Tally): string {
  return cut.reads === 0 ? '' : `${cut.stale} / ${cut.reads}, ${Math.round(cut.worstAgeMs)} ms`
}

function plannedFaults(mix: Mix): readonly string[] {
  const kinds = Object.keys(mix.faults)
  const chances = (['loss', 'twice', 'reorder'] as const).filter(fault => mix[fault] > 0)
  return [...kinds, ...chances]
}

function share(tally: Tally, of: 'hits' | 'memory' | 'loads'): number {
  return tally.reads === 0 ? 0 : tally[of] / tally.reads
}

function sum<T>(list: readonly T[], value: (one: T) => number): number {
  return list.reduce((total, one) => total + value(one), 0)
}

const thousands = (count: number) => (count < thousand ? `${count}` : `${Math.round(count / thousand)} k`)
