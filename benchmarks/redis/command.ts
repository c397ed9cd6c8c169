/** `redis [options]`: reads from a real Redis through the raw client, our tier and two rivals; README.md has the options. */
import { writeFileSync } from 'node:fs'
import { startRedis } from '@greenlang/servers'
import { readArguments } from '../report/options.ts'
import { progressLine } from '../report/progress.ts'
import { commandLine, writeResult } from '../report/results.ts'
import { measure } from './measure.ts'
import { redisReport } from './report.ts'
import { openReaders } from './subjects.ts'

export async function redis(args: readonly string[]): Promise<void> {
  const options = readArguments(args, ['rounds', 'ms', 'keys', 'json', 'out'])
  const [rounds, roundMs] = [options.count('rounds', 15), options.count('ms', 400)]
  const keys = Array.from({ length: options.count('keys', 10_000) }, (_, number) => `workflow:${number}`)
  const progress = progressLine()
  await using server = await startRedis({ redisUrl: '', report: line => progress.say(line) })
  const readers = await openReaders(server.url)
  try {
    for (const reader of readers) {
      progress.show(`filling for ${reader.name}`)
      await reader.fill(keys, row)
    }
    const onRound = ({ name }: { name: string }, round: number) =>
      progress.show(`${name}: round ${round} of ${rounds}`)
    const measured = await measure({ readers, keys, rounds, roundMs, onRound })
    const json = options.text('json')
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(measured, undefined, 1)}\n`)
    const run = { command: commandLine('redis', args), server: server.version, rounds, keys: keys.length }
    const valueBytes = JSON.stringify(row('workflow:1234')).length
    writeResult('redis.md', redisReport({ ...run, valueBytes, measured }), options.text('out'))
  } finally {
    progress.clear()
    await Promise.all(readers.map(reader => reader.close()))
  }
}

const stepsPerRow = 6

/** A row as a service caches it: about a kilobyte. */
function row(key: string): unknown {
  return {
    id: key,
    name: `Quarterly emissions report of ${key}`,
    status: 'running',
    owner: { id: 4711, email: 'ada@example.com', roles: ['editor', 'reviewer'] },
    createdAt: '2026-03-01T09:30:00.000Z',
    budget: 1_250.75,
    retries: 3,
    archived: false,
    parent: null,
    steps: Array.from({ length: stepsPerRow }, (_, step) => ({
      number: step,
      agent: `agent-${step}`,
      state: step < 3 ? 'done' : 'waiting',
      tokens: 1_000 + step * 37,
      costMs: 12.5 * step,
    })),
  }
}
