/** Marks on a disk that is full, on a tmpfs of its own. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createEntry, type Stamp } from '@greenlang/core'
import { fillSpace, hurriedClock, keysOf, play, say, until, watchedTier } from './faults/child.ts'

const stamp = (sequence: number): Stamp => ({ history: 'h', sequence })
const entry = (value: string) => createEntry(value, { ttl: '7d' }, { clock: hurriedClock })

/** Fills the disk until the tier has noticed, then marks. */
async function markWhileFull(directory: string) {
  const watched = watchedTier({ directory, maxBytes: '64mb' })
  const { tier } = watched
  // What a full disk evicts first.
  for (const key of keysOf(60)) await tier.set(key, entry(key))
  for (const key of ['deleted', 'marked', 'kept']) await tier.set(key, entry(key))
  await tier.journal.mark(stamp(4))
  for (let round = 0; round < 3000 && !watched.has('degraded'); round += 1) {
    fillSpace(join(directory, 'filler'))
    await tier.set('replaced', entry('x'.repeat(3000 + (round % 7))))
  }
  const marks = [
    tier.journal.mark(stamp(5), { mode: 'delete', keys: ['deleted'] }),
    tier.journal.mark(stamp(6), { mode: 'invalidate', keys: ['marked'] }),
  ]
  await Promise.allSettled(marks)
  say('full', tier.stats().state)
  say('held while full', await held(tier))
  return watched
}

async function held(tier: ReturnType<typeof watchedTier>['tier']) {
  const found = []
  for (const key of ['deleted', 'marked', 'kept']) {
    const { invalidated } = (await tier.get(key)) ?? {}
    if (invalidated !== undefined) found.push(invalidated ? `${key}, invalidated` : key)
  }
  return { applied: (await tier.journal.read())?.sequence, found }
}

async function heals(directory: string): Promise<void> {
  const watched = await markWhileFull(directory)
  rmSync(join(directory, 'filler'))
  say('healed', await until(() => watched.has('recovered')))
  say('held once healed', await held(watched.tier))
  await watched.tier.close()
  await reopen(directory)
}

async function reopen(directory: string): Promise<void> {
  const { tier } = watchedTier({ directory, maxBytes: '64mb' })
  say('held in the next life', await held(tier))
  await tier.close()
}

async function dies(directory: string): Promise<void> {
  await markWhileFull(directory)
  process.kill(process.pid, 'SIGKILL')
}

async function killed(directory: string): Promise<void> {
  const script = [...process.execArgv, fileURLToPath(import.meta.url), 'dies', directory]
  const { signal } = spawnSync(process.execPath, script, { stdio: ['ignore', 'ignore', 'inherit'] })
  say('killed by', signal)
  rmSync(join(directory, 'filler'))
  await reopen(directory)
}

await play({ heals, killed, dies })
