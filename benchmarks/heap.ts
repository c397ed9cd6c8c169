import { heap } from './heap/command.ts'
import { runCommand } from './report/run.ts'

await runCommand(() => heap(process.argv.slice(2)))
