/** A process of its own that owns a directory: `child.ts hold|write <directory>`. Says a line when ready, and each round. */
import { createEntry } from '@greenlang/core'
import { diskTier } from '../src/index.ts'

const [mode, directory] = process.argv.slice(2)
if (!mode || !directory) throw new Error('usage: child.ts hold|write <directory>')
const tier = diskTier<string>({ directory, maxBytes: '1mb', durability: 'data' })
await tier.set('held', createEntry('held', { ttl: '1h' }))
console.log('ready')
if (mode === 'write') {
  for (let round = 0; ; round += 1) {
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const key = `key ${(round * 20 + index) % 300}`
        if (index === 7) await tier.deleteMany([key])
        else if (index === 9) await tier.invalidateMany([key])
        else
          await tier.set(key, createEntry(`${key}:`.repeat(1 + ((round * 7 + index) % 900)), { ttl: '1h' }))
      }),
    )
    console.log(`round ${round}`)
  }
}
setInterval(() => undefined, 1000)
