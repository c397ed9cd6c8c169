import { mixes, suspendedMixes } from './src/simulation/mix.ts'
import { simulate } from './src/simulation/simulate.ts'
import { describeViolation } from './src/coherence/history-describe.ts'
const [name, seeds = '1', start='1', dur='60000'] = process.argv.slice(2)
for (const mix of [...mixes, ...suspendedMixes]) {
  if (name !== 'all' && !mix.name.includes(name!)) continue
  for (let seed = +start; seed < +start + +seeds; seed++) {
    const t = performance.now()
    const r = await simulate({ mix, seed, durationMs: +dur, variant: process.env.NAIVE ? 'naive' : {} })
    console.log(mix.name, seed, `${((performance.now() - t) / 1000).toFixed(1)}s reads ${r.reads} writes ${r.writes}/${r.acknowledged} viol ${r.violations} ${JSON.stringify(r.byRule)} susp ${r.suspended}/${r.suspendedReads} out ${r.outside} exc ${r.excused} worst ${r.worstAgeMs.toFixed(0)} p999 ${r.ageP999Ms.toFixed(0)} hit ${r.hitRatio.toFixed(2)} lpr ${r.loadsPerRead.toFixed(2)} failed ${r.failedReads} rw ${r.rewriteIntervalMs?.toFixed(0)}`, JSON.stringify(r.sources), JSON.stringify(r.faults))
    if (process.env.V) for (const v of r.examples.slice(0, +process.env.V)) console.log('   ', describeViolation(v))
  }
}
