/** Where reports go, and what each says of the machine it was made on. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { basename, dirname, join } from 'node:path'

const folder = join(dirname(import.meta.dirname), 'results')

/** Writes benchmarks/results/`file`, or `out` where that is given, and says so. */
export function writeResult(file: string, text: string, out?: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(out ?? join(folder, file), `${text.trim()}\n`)
  process.stdout.write(`written: ${out ?? `benchmarks/results/${file}`}\n`)
}

/** As it can be typed again, but for the folders of the machine it ran on. */
export function commandLine(name: string, args: readonly string[]): string {
  const shown = args.map(arg => (/[\\/]/.test(arg) ? `…/${basename(arg)}` : arg))
  return ['npm run bench --', name, ...shown.map(arg => (arg.includes(' ') ? `"${arg}"` : arg))].join(' ')
}

const gigabyte = 1e9

export function machine(): string {
  const model = (cpus()[0]?.model ?? 'unknown processor').replaceAll(/\s+/g, ' ')
  const memory = `${Math.round(totalmem() / gigabyte)} GB`
  return `Node ${process.version}, ${process.platform} ${arch()}, ${availableParallelism()} × ${model}, ${memory}`
}

/** Of the last minute: above the number of processors, figures of time are worth little. */
export function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1)
}
