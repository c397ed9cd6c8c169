/** The report of a run on the disk, as markdown. */
import { load, machine } from '../report/results.ts'
import type { AdmissionRun } from './admission.ts'
import type { LagRun } from './lag.ts'
import type { OpenRun } from './open.ts'
import { admissionReport, lagReport, openReport } from './report-parts.ts'
import { speedReport } from './report-speed.ts'
import type { SpeedRun } from './speed.ts'

export interface DiskRun {
  readonly command: string
  readonly loadBefore: string
  readonly speed?: SpeedRun
  readonly open?: OpenRun
  readonly lag?: LagRun
  readonly admission?: AdmissionRun
}

export function diskReport(run: DiskRun): string {
  const { command, loadBefore, speed, open, lag, admission } = run
  const parts = [
    speed && speedReport(speed),
    open && openReport(open),
    lag && lagReport(lag),
    admission && admissionReport(admission),
  ].filter(part => part !== undefined)
  return `# The disk tier

Command: \`${command}\`. Load before ${loadBefore}, at the end ${load()}. ${machine()}.

${parts.join('\n\n')}
`
}
