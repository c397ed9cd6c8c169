/**
 * The coherence promise over real processes and a real Redis, with faults; then how soon others hear, the rivals, and the
 * protocol without one guard. The report of a whole run goes to docs/evidence/redis.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { systemClock } from '@greenlang/core'
import { redisFaultsOf } from './prove-redis-demands.ts'
import { redisParts, redisProofOptions } from './prove-redis-options.ts'
import { redisReportOf } from './prove-redis-report.ts'
import { runParts } from './prove-redis-runs.ts'

const root = dirname(import.meta.dirname)
const say = (line: string) => void process.stdout.write(`${line}\n`)

/** Whether all that was to be shown was. */
export async function proveRedis(args: readonly string[]): Promise<boolean> {
  const options = redisProofOptions(args)
  const began = systemClock.now()
  const results = await runParts(options, say)
  const report = redisReportOf(results, Math.round((systemClock.now() - began) / 1_000))
  const whole = options.parts.length === redisParts.length
  if (whole) {
    mkdirSync(join(root, 'docs/evidence'), { recursive: true })
    writeFileSync(join(root, 'docs/evidence/redis.md'), report)
  } else say(`\n${report}`)
  const faults = redisFaultsOf(results)
  for (const fault of faults) say(`NOT SHOWN: ${fault}`)
  const where = whole ? '; report in docs/evidence/redis.md' : ''
  say(`${faults.length === 0 ? 'shown' : 'not shown'} with seed ${options.seed}${where}`)
  return faults.length === 0
}
