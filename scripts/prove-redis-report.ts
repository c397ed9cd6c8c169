/** What the proof over real processes says, as text. */
import { cpus } from 'node:os'
import { type Latency, modelOnly, type TrialReport } from '@greenlang/redis-trials'
import { longestOf, redisFaultsOf } from './prove-redis-demands.ts'
import { isFoundOut, type MutantRuns, type RedisResults } from './prove-redis-runs.ts'

export function redisReportOf(results: RedisResults, seconds: number): string {
  const notShown = redisFaultsOf(results)
  const { faults, latency, mutants, rivals } = results
  return `# Proof over real processes

Command: \`npm run prove -- redis\`. Node ${process.version}, ${cpus().length} processors, ${seconds} s.

${notShown.length === 0 ? 'All that was to be shown was shown.' : notShown.map(fault => `- NOT SHOWN: ${fault}`).join('\n')}

Worker processes with a cache each, over a real Redis: each by a proxy of its own that can be spoilt. The truth is a
database that nothing strikes. Rules: a (stale), b (future), c (foreign), d (monotonic), e (rest), f (life), g (own);
see docs/design/coherence.md. Times are of the monotonic clock that all processes of a host share. The same seed gives
the same faults at the same times; what meets what is up to the machine.
${faults ? faultsText(faults) : ''}${rivals ? rivalsText(faults, rivals) : ''}${latency ? latencyText(latency) : ''}${mutants ? mutantsText(mutants) : ''}`
}

export function faultsText(report: TrialReport): string {
  const { plan, history, boundMs, lag, memoryAges, ages, struck, orphaned, failedReads, readMs, writeMs } =
    report
  const longest = longestOf(report)
  const rows: readonly (readonly [string, string | number])[] = [
    ['server', report.topology],
    ['processes, keys, seed', `${plan.workers}, ${plan.keys}, ${plan.seed}`],
    ['time under load', `${report.forMs / 1_000} s`],
    [
      'B = lease + deadline + lag (p99.9)',
      `${plan.leaseMs} + ${plan.deadlineMs} + ${boundMs - plan.leaseMs - plan.deadlineMs} = ${boundMs} ms`,
    ],
    ['reads, of these judged', `${history.reads}, ${history.judged}`],
    [
      'by what answered',
      Object.entries(history.sources)
        .map(([source, count]) => `${source} ${count}`)
        .join(', '),
    ],
    ['hits in memory', ((history.sources.memory ?? 0) / history.reads).toFixed(3)],
    ['writes, of these acknowledged', `${history.writes}, ${history.acknowledged}`],
    [
      'mean time between writes of a key',
      `${ms(history.rewriteIntervalMs ?? 0)} = ${((history.rewriteIntervalMs ?? 0) / boundMs).toFixed(1)} B`,
    ],
    ['**violations**', `**${history.violations}** ${rulesOf(history.byRule)}`],
    [
      'of keys that are set without a version (not promised)',
      `${history.outside} ${rulesOf(history.outsideByRule)} of ${history.outsideReads} reads`,
    ],
    ['reads while the promise was suspended', history.suspendedReads],
    ['age of a read from memory: p50, p99, p99.9, max', ages4(memoryAges)],
    ['age of any read', ages4(ages)],
    ['reads that failed', failedReads],
    [
      'longest read, longest write',
      `${ms(readMs.max)}, ${ms(writeMs.max)}; at most ${ms(longest.readMs)}, ${ms(longest.writeMs)}`,
    ],
    ['lag of an event loop: p99, p99.9, max', `${ms(lag.p99)}, ${ms(lag.p999)}, ${ms(lag.max)}`],
    ['keys whose last write died with its process', orphaned],
  ]
  return `
## All faults

| | |
|---|---|
${rows.map(([name, value]) => `| ${name} | ${value} |`).join('\n')}

A write may take two deadlines. A read may join three flights and then make one of its own, each of four deadlines, a
wait for another's load and a load. Both may besides take as long as the event loop stood still.

| At, s | Fault | Worker | For, ms |
|---|---|---|---|
${struck.map(one => `| ${(one.began / 1_000).toFixed(1)} | ${one.fault} | ${one.number} | ${one.forMs}${one.error ? ` FAILED: ${one.error}` : ''} |`).join('\n')}
`
}

export function rivalsText(ours: TrialReport | undefined, rivals: readonly TrialReport[]): string {
  const row = (report: TrialReport) => {
    const { plan, history, failedReads, readMs } = report
    const figures = [
      history.violations,
      history.reads,
      rulesOf(history.byRule),
      Math.round(history.worstAgeMs),
    ]
    const memory = ((history.sources.memory ?? 0) / history.reads).toFixed(2)
    return `| ${plan.subject} | ${plan.seed} | ${[...figures, history.acknowledged, memory, failedReads, Math.round(readMs.max)].join(' | ')} |`
  }
  return `
## Others, by the same checker and with the same faults

| Cache | Seed | Violations | Reads | By rule | Worst age, ms | Acknowledged | In memory | Failed reads | Longest read, ms |
|---|---|---|---|---|---|---|---|---|---|
${[...(ours ? [ours] : []), ...rivals].map(row).join('\n')}

naive: DEL, then PUBLISH, both awaited. A cache that does not say whether an invalidation got through is taken at its word:
it is acknowledged when its call comes back. cacheable is given pub/sub of Redis as the messenger of its sync.
`
}

function latencyText(latency: readonly Latency[]): string {
  const naive = latency.find(({ subject }) => subject === 'naive')?.heard
  const row = ({ subject, heard, returned, unheard }: Latency) => {
    const ratios = (['p50', 'p90', 'p99'] as const).map(of =>
      naive ? (heard[of] / naive[of]).toFixed(2) : '',
    )
    const times = [heard.p50, heard.p90, heard.p99, heard.max, returned.p50, returned.p99]
    return `| ${subject} | ${[...times.map(time => time.toFixed(2)), ...ratios, unheard].join(' | ')} |`
  }
  return `
## How soon another process knows, undisturbed

From the call of \`invalidate\` until the other process has dropped the key, ms. The subjects took turns, round by round.

| Cache | p50 | p90 | p99 | max | returned p50 | p99 | ratio p50 | p90 | p99 | Not within 1 s |
|---|---|---|---|---|---|---|---|---|---|---|
${latency.map(row).join('\n')}
`
}

function mutantsText(mutants: readonly MutantRuns[]): string {
  const row = ({ mutant, faults, runs }: MutantRuns) => {
    const found = runs.find(isFoundOut)
    const figures = found
      ? [
          found.plan.seed,
          found.history.violations,
          rulesOf(found.history.byRule),
          Math.round(found.history.worstAgeMs),
        ]
      : ['**not found out**', 0, '', Math.round(Math.max(...runs.map(({ history }) => history.worstAgeMs)))]
    return `| ${mutant.rule === 0 ? 'words' : mutant.rule} | ${mutant.name} | ${faults.join(', ')} | ${runs.length} | ${figures.join(' | ')} |`
  }
  return `
## Without one guard

| Rule | Mutant | Faults | Runs | Seed | Violations | By rule | Worst age, ms |
|---|---|---|---|---|---|---|---|
${mutants.map(row).join('\n')}

Of the model only, for they take a disk or a server of another kind: ${modelOnly.map(({ name }) => name).join('; ')}.
`
}

function rulesOf(byRule: Readonly<Record<string, number>>): string {
  const found = Object.entries(byRule).filter(([, count]) => count > 0)
  return found.map(([rule, count]) => `${rule} ${count}`).join(', ')
}

function ages4({ p50, p99, p999, max }: { p50: number; p99: number; p999: number; max: number }): string {
  return [p50, p99, p999, max].map(ms).join(', ')
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
}
