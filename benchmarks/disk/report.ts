/** The report of a run on the disk, as markdown. */
import { load, machine } from '../report/results.ts'
import { speedReport } from './report-speed.ts'
import type { SpeedRun } from './speed.ts'

export interface DiskRun {
  readonly command: string
  readonly loadBefore: string
  readonly speed?: SpeedRun
}

export function diskReport({ command, loadBefore, speed }: DiskRun): string {
  const parts = [speed && speedReport(speed)].filter(part => part !== undefined)
  return `# The disk tier

Command: \`${command}\`. Load before ${loadBefore}, at the end ${load()}. ${machine()}.

${parts.join('\n\n')}
`
}
