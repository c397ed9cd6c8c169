/** Runs measurements one after the other, each in a fresh process, several times. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { HeapTask, Weighed } from './measure.ts'

export async function weighInProcess(task: HeapTask): Promise<Weighed> {
  const child = fork(join(import.meta.dirname, 'child.ts'), [JSON.stringify(task)], {
    execArgv: [...process.execArgv, '--expose-gc'],
  })
  return await new Promise<Weighed>((resolve, reject) => {
    child.once('message', message => resolve(message as Weighed))
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`weighing ${JSON.stringify(task)} ended with code ${code}`)))
  })
}
