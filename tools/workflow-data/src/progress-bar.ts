import { type Clock, systemClock } from '@greenlang/core'
import type { LoadProgress, ProgressListener } from './progress.ts'

/** The calls used of a terminal, a file or a pipe. */
export interface ProgressOutput {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Give it as `onProgress`; call `end()` if the load may fail, so that what is printed next begins on a line of its own. */
export type ProgressBar = ProgressListener & { end(): void }

/** Just under 2 s: with a beat of 100 ms there is a line at least every 2 s. */
const lineEveryMs = 1_850
const redrawEveryMs = 80
const barCells = 24

/** On a terminal one line that is rewritten; elsewhere a line about every 2 s, and one at the end. */
export function progressBar(output: ProgressOutput, options: { clock?: Clock } = {}): ProgressBar {
  const clock = options.clock ?? systemClock
  const isTerminal = output.isTTY === true
  let printedAt = Number.NEGATIVE_INFINITY
  let isOpen = false
  const end = () => {
    if (isOpen) output.write('\n')
    isOpen = false
  }
  const show = (progress: LoadProgress) => {
    const isLast = progress.fraction === 1
    if (!isLast && clock.now() - printedAt < (isTerminal ? redrawEveryMs : lineEveryMs)) return
    printedAt = clock.now()
    if (!isTerminal) return void output.write(`${sentence(progress)}\n`)
    isOpen = true
    const line = `${bar(progress.fraction)} ${sentence(progress)}`
    output.write(`\r\x1b[2K${line.slice(0, (output.columns ?? 80) - 1)}`)
    if (isLast) end()
  }
  return Object.assign(show, { end })
}

function bar(fraction: number): string {
  const filled = Math.round(fraction * barCells)
  return `[${'#'.repeat(filled)}${'.'.repeat(barCells - filled)}]`
}

function sentence({ phase, table, rows, totalRows, fraction, elapsedMs }: LoadProgress): string {
  const percent = `${Math.floor(fraction * 100)}%`.padStart(4)
  const count = `${rows.toLocaleString('en')} of ${totalRows.toLocaleString('en')} rows`
  const work = fraction === 1 ? 'done' : `${phase} ${table}`
  return `${percent} ${count}, ${(elapsedMs / 1000).toFixed(1)} s, ${work}`
}
