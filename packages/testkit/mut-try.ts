import { mixes, suspendedMixes } from './src/simulation/mix.ts'
import { mutants } from './src/simulation/mutants.ts'
import { simulate } from './src/simulation/simulate.ts'
const [seeds = '2', only = '', part = '0', of = '1'] = process.argv.slice(2)
let n = 0
for (const mutant of mutants) {
  if (n++ % +of !== +part) continue
  if (!mutant.name.includes(only)) continue
  const found: string[] = []; let total = 0, reads = 0
  for (const mix of [...mixes, ...suspendedMixes]) {
    let viol = 0; const rules: Record<string, number> = {}; let susp = 0
    for (let seed = 1; seed <= +seeds; seed++) {
      const r = await simulate({ mix, seed, variant: mutant.guards })
      viol += r.violations; reads += r.reads; susp += r.suspended
      for (const [k, v] of Object.entries(r.byRule)) if (v) rules[k] = (rules[k] ?? 0) + v
    }
    total += viol
    if (viol || susp) found.push(`${mix.name}: ${JSON.stringify(rules)}${susp ? ' susp ' + susp : ''}`)
  }
  console.log(total ? 'CAUGHT' : 'SURVIVED', mutant.rule, mutant.name, total, '/', reads, found.join(' | '))
}
