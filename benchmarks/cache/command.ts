/** `cache [options]`: the whole cache: hits, tags, patterns, warming, outages; README.md has the options. */
import { writeFileSync } from 'node:fs'
import { startRedis } from '@greenlang/servers'
import { readArguments } from '../report/options.ts'
import { progressLine } from '../report/progress.ts'
import { commandLine, writeResult } from '../report/results.ts'
import { measureHits } from './measure-hits.ts'
import { measurePattern, measureTags } from './measure-invalidation.ts'
import { measureOutages } from './measure-outage.ts'
import { measureWarming } from './measure-warming.ts'
import { cacheReport } from './report.ts'

export async function cache(args: readonly string[]): Promise<void> {
  const options = readArguments(args, ['rounds', 'ms', 'keys', 'warm', 'json', 'out'])
  const [rounds, ms] = [options.count('rounds', 25), options.count('ms', 100)]
  const [keys, warm] = [options.count('keys', 1_000_000), options.count('warm', 10_000)]
  const progress = progressLine()
  const say = (line: string) => progress.say(line)
  const onRound = (round: number) =>
    progress.show(round < 0 ? 'hits: warming up' : `hits: round ${round + 1} of ${rounds}`)
  const hits = await measureHits({ rounds, ms, onRound })
  say('hits are measured')
  await using server = await startRedis({ redisUrl: '', report: say })
  const tags = await measureTags(server.url, keys)
  say('tags are measured')
  const warming = await measureWarming(server.url, warm)
  say('warming is measured')
  await using emptied = await startRedis({ redisUrl: '' })
  const pattern = await measurePattern(emptied.url, keys, say)
  const outages = await measureOutages(emptied, say)
  const json = options.text('json')
  const figures = { hits, tags, warming, pattern, outages }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 1)}\n`)
  const run = { command: commandLine('cache', args), server: server.version, rounds, ...figures }
  writeResult('cache.md', cacheReport(run), options.text('out'))
}
