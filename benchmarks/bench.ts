/** `npm run bench -- <name> [options]`: one benchmark, its report into benchmarks/results/. */
import { cache } from './cache/command.ts'
import { codec } from './codec/command.ts'
import { disk } from './disk/command.ts'
import { heap } from './heap/command.ts'
import { redis } from './redis/command.ts'
import { runCommand } from './report/run.ts'
import { UsageError } from './report/usage-error.ts'
import { hitRatio } from './simulator/command.ts'
import { speed } from './speed/command.ts'

const benchmarks: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  'hit-ratio': hitRatio,
  speed,
  heap,
  codec,
  redis,
  disk,
  cache,
}

const [name = '', ...args] = process.argv.slice(2)

await runCommand(async () => {
  const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined
  if (benchmark) return benchmark(args)
  const names = Object.keys(benchmarks).join(', ')
  throw new UsageError(`unknown benchmark "${name}"; use npm run bench -- <name>, where <name> is: ${names}`)
})
