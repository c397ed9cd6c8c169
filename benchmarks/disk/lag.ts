/** The lag of the event loop under each subject, in fresh processes. */
import { join } from 'node:path'
import type { Progress } from '../report/progress.ts'
import { inChild } from './in-child.ts'
import { type Lag, type LagSubject, lagSubjects } from './measure-lag.ts'

export type LagRun = readonly { readonly subject: LagSubject; readonly runs: readonly Lag[] }[]

const runs = 3

export async function runLag(scratch: string, progress: Progress): Promise<LagRun> {
  const figures = new Map<LagSubject, Lag[]>(lagSubjects.map(subject => [subject, []]))
  for (let run = 0; run < runs; run += 1)
    for (const [subject, all] of figures) {
      progress.show(`lag: ${subject}, run ${run + 1} of ${runs}`)
      all.push(await inChild({ kind: 'lag', subject, directory: join(scratch, `lag-${subject}-${run}`) }))
    }
  return [...figures].map(([subject, all]) => ({ subject, runs: all }))
}
