/**
 * A busy writer that is to be killed: `kills.child.ts <directory> <maxBytes> <seed>`. Before each operation it says what it
 * is about to do, and after it that it was acknowledged, each on a line of its own, written at once.
 */
import { writeSync } from 'node:fs'
import { seededRandom } from '@greenlang/testkit'
import { type DiskOptions, diskTier } from '../../src/index.ts'
import { entryOf } from './operations.ts'
import { type Deed, textOf } from './writer-book.ts'

const [directory = '', maxBytes = '', seed = ''] = process.argv.slice(2)
const random = seededRandom(Number(seed))
const tier = diskTier<string>({
  directory,
  maxBytes: maxBytes as DiskOptions['maxBytes'],
  durability: 'data',
  sweepEvery: '1s',
})
let version = Number(seed) * 1_000_000

/** Each writer has keys of its own, so that only one operation is under way for a key. */
async function writer(number: number, longest: number): Promise<never> {
  for (;;) {
    const key = `key ${number}-${Math.floor(random() * 30)}`
    const choice = random()
    version += 1
    const kind = choice < 0.75 ? 'set' : choice < 0.9 ? 'delete' : 'invalidate'
    const deed: Deed = { kind, key, version, length: Math.ceil(random() * longest) }
    say('begun', deed)
    if (kind === 'set') await tier.set(key, entryOf(textOf(deed)))
    else if (kind === 'delete') await tier.deleteMany([key])
    else await tier.invalidateMany([key])
    say('done', deed)
  }
}

/** Until the reader has room for it: the pipe may not block. */
function say(...words: readonly [word: string, deed?: Deed]): void {
  for (;;) {
    try {
      writeSync(1, `${JSON.stringify(words)}\n`)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

await tier.get('open')
say('ready')
await Promise.all(
  [65_536, 65_536, 65_536, 65_536, 200, 200, 2_000].map((longest, number) => writer(number, longest)),
)
