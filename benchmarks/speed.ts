import { runCommand } from './report/run.ts'
import { speed } from './speed/command.ts'

await runCommand(() => speed(process.argv.slice(2)))
