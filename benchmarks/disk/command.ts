/** `disk [trace] [options]`: the disk tier against plain files and two rivals; README.md has the options. */
import { writeFileSync } from 'node:fs'
import { readArguments } from '../report/options.ts'
import { progressLine } from '../report/progress.ts'
import { commandLine, load, writeResult } from '../report/results.ts'
import { UsageError } from '../report/usage-error.ts'
import { runAdmission } from './admission.ts'
import { runLag } from './lag.ts'
import { inScratch } from './material.ts'
import { runOpen } from './open.ts'
import { diskReport } from './report.ts'
import { runSpeed } from './speed.ts'

const parts = ['speed', 'open', 'lag', 'admission'] as const

export async function disk(args: readonly string[]): Promise<void> {
  const options = readArguments(args, ['rounds', 'ms', 'only', 'json', 'out'])
  const effort = { rounds: options.count('rounds', 11), roundMs: options.count('ms', 150) }
  const wanted = options.list('only') ?? parts
  const unknown = wanted.find(part => !parts.some(known => known === part))
  if (unknown !== undefined) throw new UsageError(`--only takes ${parts.join(', ')}, and not "${unknown}"`)
  const has = (part: (typeof parts)[number]) => wanted.includes(part)
  const loadBefore = load()
  const progress = progressLine()
  try {
    const measured = await inScratch(async scratch => ({
      ...(has('speed') && { speed: await runSpeed(scratch, effort, progress) }),
      ...(has('open') && { open: await runOpen(scratch, progress) }),
      ...(has('lag') && { lag: await runLag(scratch, progress) }),
      ...(has('admission') && {
        admission: await runAdmission(scratch, options.positionals[0], progress),
      }),
    }))
    const run = { command: commandLine('disk', args), loadBefore, ...measured }
    const json = options.text('json')
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(run, undefined, 1)}\n`)
    writeResult('disk.md', diskReport(run), options.text('out'))
  } finally {
    progress.clear()
  }
}
