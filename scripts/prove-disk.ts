/** `npm run prove -- disk [--kills n] [--seed n]`: every crash point of the disk tier, and kills at random. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { killRivalAtRandom, type RivalKills } from '../benchmarks/disk/rival-kills.ts'
import { type Exploration, explore } from '../packages/cache-disk/test/crash/explore.ts'
import { operations } from '../packages/cache-disk/test/crash/operations.ts'
import { type KillsResult, killAtRandom } from '../packages/cache-disk/test/crash/random-kills.ts'

const evidence = join(import.meta.dirname, '../docs/evidence')
const durabilities = ['none', 'data', 'full'] as const
const integrities = ['sha256', 'crc32'] as const

/** Whether nothing was found. */
export async function proveDisk(args: readonly string[]): Promise<boolean> {
  const { kills, seed } = readOptions(args)
  const explorations: Exploration[] = []
  for (const [row, operation] of Object.keys(operations).entries())
    for (const [column, durability] of durabilities.entries()) {
      // Both make the same calls: they take turns.
      const integrity = integrities[(row + column) % 2] ?? 'sha256'
      const found = await explore({ operation, durability, integrity })
      explorations.push(found)
      say(`${operation}, ${durability}, ${integrity}: ${found.kills} kills, ${found.faults.length} faults`)
      for (const fault of found.faults) say(`  ${fault}`)
    }
  const onKill = (count: number) => {
    if (count % 20 === 0) say(`${count} of ${kills} kills at random`)
  }
  const random = await killAtRandom({ kills, seed, onKill })
  for (const fault of random.faults) say(`  ${fault}`)
  const rival = await killRivalAtRandom(kills, seed)
  say(`bentocache's file driver: ${rival.unreadable} unreadable in ${kills} kills`)
  const command = ['npm run prove -- disk', ...args].join(' ')
  mkdirSync(evidence, { recursive: true })
  writeFileSync(join(evidence, 'disk.md'), report({ command, seed, explorations, random, rival }))
  return random.faults.length === 0 && explorations.every(({ faults }) => faults.length === 0)
}

function readOptions(args: readonly string[]): { readonly kills: number; readonly seed: number } {
  const options = { kills: { type: 'string' }, seed: { type: 'string' } } as const
  const { values } = parseArgs({ args: [...args], options })
  const count = (name: 'kills' | 'seed', fallback: number) => {
    const value = Number(values[name] ?? fallback)
    if (Number.isInteger(value) && value >= 1) return value
    throw new Error(`--${name} must be a whole number from 1 on, and is "${values[name]}"`)
  }
  return { kills: count('kills', 200), seed: count('seed', 1) }
}

interface Run {
  readonly command: string
  readonly seed: number
  readonly explorations: readonly Exploration[]
  readonly random: KillsResult
  readonly rival: RivalKills
}

function report({ command, seed, explorations, random, rival }: Run): string {
  const total = (of: (exploration: Exploration) => number) =>
    explorations.reduce((sum, exploration) => sum + of(exploration), 0)
  const rows = explorations.map(({ plan, points, kills, outcomes, faults }) =>
    [
      ...[plan.operation, plan.durability, plan.integrity, points, kills],
      ...[outcomes.old, outcomes.new, outcomes.miss, faults.length],
    ].join(' | '),
  )
  return `# The disk tier, killed

Command: \`${command}\`. Node ${process.version}, ${process.platform} ${process.arch}.

## At every call that changes a file

A process does one operation; strace kills it at the n-th call of one name in one thread (openat that creates, write, pwrite64,
writev, pwritev, rename, unlink, rmdir, mkdir, fsync, fdatasync, ftruncate, fallocate), from the operation to the end of
\`close\`; \`UV_THREADPOOL_SIZE=1\`. Then the directory is opened again and every key read: old, new or miss, never wrong; nothing
committed lost, nothing removed back; after reconciling no orphan, and the account equals the disk.
${total(({ kills }) => kills)} kills, ${total(({ faults }) => faults.length)} faults.

operation | durability | integrity | points | kills | old | new | miss | faults
--- | --- | --- | --: | --: | --: | --: | --: | --:
${rows.join('\n')}

Old, new and miss count keys that the operation changes. A miss is a set of a key that was not there, or an entry that was evicted.

## At random

A busy writer (durability \`data\`; sets and overwrites of up to 64 KiB four at once among small ones, deletes, invalidations; in
turns with room for all and with 2 MiB, where it evicts), killed within ${random.kills} lives of up to 250 ms over the same
directories, seed ${seed}: ${random.acknowledged} operations acknowledged, ${random.read} reads afterwards,
${random.faults.length} torn, lost, or back.

For comparison, bentocache's file driver, which replaces a file in place: the same mixture of writes without removals, as many
kills: ${rival.acknowledged} operations acknowledged, ${rival.read} reads afterwards, ${rival.unreadable} entries unreadable, ${rival.wrong} wrong or lost.
`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
