import { disk } from './disk/command.ts'
import { runCommand } from './report/run.ts'

await runCommand(() => disk(process.argv.slice(2)))
