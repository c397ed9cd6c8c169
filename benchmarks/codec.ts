import { codec } from './codec/command.ts'
import { runCommand } from './report/run.ts'

await runCommand(() => codec(process.argv.slice(2)))
