/** `codec [options]`: speed and size of the codec against JSON, and what compression takes; README.md has the options. */
import { writeFileSync } from 'node:fs'
import { cborCodec } from '@greenlang/codec'
import { readArguments } from '../report/options.ts'
import { progressLine } from '../report/progress.ts'
import { commandLine, writeResult } from '../report/results.ts'
import { measureCodec, measureCompression } from './measure.ts'
import { type CodecRun, codecReport } from './report.ts'
import { longValues, values } from './values.ts'

export async function codec(args: readonly string[]): Promise<void> {
  const options = readArguments(args, ['rounds', 'ms', 'json', 'out'])
  const effort = { rounds: options.count('rounds', 21), ms: options.count('ms', 20) }
  const progress = progressLine()
  const measured: Map<
    string,
    { kind: 'rows' | 'small' | 'other'; figures: ReturnType<typeof measureCodec> }
  > = new Map()
  const subject = cborCodec()
  for (const [name, { kind, value }] of values) {
    progress.say(`codec: ${name}`)
    measured.set(name, { kind, figures: measureCodec(subject, value, effort) })
  }
  const compressed = new Map<string, Awaited<ReturnType<typeof measureCompression>>>()
  for (const [name, value] of longValues) {
    progress.say(`compression: ${name}`)
    compressed.set(name, await measureCompression(value, effort.rounds))
  }
  const run: CodecRun = { command: commandLine('codec', args), rounds: effort.rounds, measured, compressed }
  const json = options.text('json')
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(plainOf(run), undefined, 1)}\n`)
  writeResult('codec.md', codecReport(run), options.text('out'))
}

function plainOf({ measured, compressed }: CodecRun): object {
  return { measured: Object.fromEntries(measured), compressed: Object.fromEntries(compressed) }
}
