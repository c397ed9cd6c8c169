/** Writes until the day's bytes are spent, and dies of SIGKILL: `admission.child.ts <directory> <dailyBytes>`. Says how many it wrote. */
import { writeSync } from 'node:fs'
import { createEntry } from '@greenlang/core'
import { diskTier } from '../src/index.ts'

const [directory = '', dailyBytes = ''] = process.argv.slice(2)
const admission = { dailyBytes: Number(dailyBytes) }
const tier = diskTier<string>({ directory, maxBytes: '64mb', durability: 'data', admission })
for (let index = 0; tier.stats().notAdmitted === 0; index += 1)
  await tier.set(`key ${index}`, createEntry('x'.repeat(10_000), { ttl: '1h' }))
writeSync(1, `${tier.stats().writtenBytes}`)
process.kill(process.pid, 'SIGKILL')
