/**
 * Stores what an operation begins with, says `ready`, and waits for a line before it does the operation; then says
 * `acknowledged`, closes, and says `closed`: `crash.child.ts <directory> <operation> <durability> <integrity>`.
 */
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { type DiskOptions, diskTier } from '../../src/index.ts'
import { entryOf, operations } from './operations.ts'

const [directory = '', name = '', durability = '', integrity = ''] = process.argv.slice(2)
const operation = operations[name]
if (!operation) throw new Error(`no operation ${name}`)
const tier = diskTier<string>({
  directory,
  maxBytes: operation.maxBytes ?? '64mb',
  durability: durability as NonNullable<DiskOptions['durability']>,
  integrity: integrity as NonNullable<DiskOptions['integrity']>,
})
for (const [key, value] of Object.entries(operation.before)) await tier.set(key, entryOf(value))
// An acknowledged removal takes all changes before it with it.
await tier.set('gone', entryOf('gone'))
await tier.deleteMany(['gone'])
if (operation.evicts)
  for (const [key, value] of Object.entries(operation.before)) await tier.set(key, entryOf(value))
await tier.invalidateMany(['gone'])
await tier.reconciled()
writeSync(1, 'ready\n')
await once(process.stdin, 'data')
await operation.run(tier)
writeSync(1, 'acknowledged\n')
await tier.close()
writeSync(1, 'closed\n')
process.exit(0)
