import { runCommand } from './report/run.ts'
import { hitRatio } from './simulator/command.ts'

await runCommand(() => hitRatio(process.argv.slice(2)))
