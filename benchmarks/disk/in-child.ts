/** Runs a task in a fresh process, with its heap and its event loop to itself. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { Lag, LagSubject } from './measure-lag.ts'
import type { Opened } from './measure-open.ts'

export type Task =
  | { readonly kind: 'fill' | 'open' | 'weigh'; readonly directory: string; readonly entries: number }
  | { readonly kind: 'lag'; readonly directory: string; readonly subject: LagSubject }

export interface Answers {
  readonly fill: Record<string, never>
  readonly open: Opened
  readonly weigh: { readonly bytes: number; readonly indexBytes: number; readonly entries: number }
  readonly lag: Lag
}

export async function inChild<K extends Task['kind']>(
  task: Task & { readonly kind: K },
): Promise<Answers[K]> {
  const child = fork(join(import.meta.dirname, 'child.ts'), [JSON.stringify(task)], {
    execArgv: [...process.execArgv, '--expose-gc'],
  })
  return await new Promise((resolve, reject) => {
    child.once('message', answer => resolve(answer as Answers[K]))
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`${task.kind} ended with code ${code}`)))
  })
}
