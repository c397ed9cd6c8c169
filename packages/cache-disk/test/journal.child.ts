/**
 * Marks removals one after the other, then several at once, and dies of SIGKILL so many turns of the event loop later:
 * `journal.child.ts <directory> <how> <durability> <turns>`. Says the number of each mark that was acknowledged.
 */
import { writeSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { createEntry, type Removal } from '@greenlang/core'
import { type DiskOptions, diskTier } from '../src/index.ts'

const [directory = '', how = '', durability = '', turns = ''] = process.argv.slice(2)
const tier = diskTier<string>({
  directory,
  maxBytes: '64mb',
  durability: durability as NonNullable<DiskOptions['durability']>,
})
/** As an engine stores it. */
const checked = (value: string) => ({ ...createEntry(value, { ttl: '1h' }), checkedAt: 7 })
const oneByOne = 12
const atOnce = 6

/** A write that is not waited for, then the removal that overtakes it, then the stamp that vouches for that. */
function round(number: number): PromiseLike<void> | void {
  const key = `key ${number}`
  const removal: Removal = { mode: number % 3 === 0 ? 'invalidate' : 'delete', keys: [key] }
  const old = 'old'.repeat(number % 2 === 0 ? 1 : 60_000)
  void tier.set(key, checked(old))
  if (how === 'removal') return tier.journal.mark({ history: 'h', sequence: number }, removal)
  // As an engine does for its own invalidations.
  if (removal.mode === 'delete') void tier.deleteMany([key])
  else void tier.invalidateMany([key])
  return tier.journal.mark({ history: 'h', sequence: number })
}

for (let number = 1; number <= oneByOne; number += 1) {
  await round(number)
  writeSync(1, `${number}\n`)
  if (number % 4 === 0) void tier.set(`key ${number}`, checked('new'))
}
for (let number = oneByOne + 1; number <= oneByOne + atOnce; number += 1) {
  void Promise.resolve(round(number)).then(() => writeSync(1, `${number}\n`))
  // Marks that join one under way, and marks that do not.
  if (number % 2 === 0) await turn()
}
for (let left = Number(turns); left > 0; left -= 1) await turn()
process.kill(process.pid, 'SIGKILL')
