/** A process that does one task and ends. */
import type { Task } from './in-child.ts'
import { measureLag } from './measure-lag.ts'
import { fillMany, openMany, weighMany } from './measure-open.ts'

function run(task: Task): Promise<object> {
  switch (task.kind) {
    case 'fill':
      return fillMany(task.directory, task.entries)
    case 'open':
      return openMany(task.directory, task.entries)
    case 'weigh':
      return weighMany(task.directory, task.entries)
    case 'lag':
      return measureLag(task.directory, task.subject)
  }
}

const answer = await run(JSON.parse(process.argv[2] ?? '{}') as Task)
process.send?.(answer, () => process.disconnect())
