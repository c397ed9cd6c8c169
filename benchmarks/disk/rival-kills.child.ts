/**
 * A busy writer over bentocache's file driver, to be killed: `rival-kills.child.ts <directory> <seed>`. It says what it is
 * about to write and what is acknowledged, each on a line of its own, written at once.
 */
import { writeSync } from 'node:fs'
import { seededRandom } from '@greenlang/testkit'
import { openRival, textFor } from './rival-kills.ts'

const [directory = '', seed = ''] = process.argv.slice(2)
const random = seededRandom(Number(seed))
const driver = openRival(directory)
let written = Number(seed) * 1_000_000

async function writer(number: number, longest: number): Promise<never> {
  for (;;) {
    const key = `key-${number}-${Math.floor(random() * 30)}`
    written += 1
    const version = written
    const length = Math.ceil(random() * longest)
    say(['begun', key, version, length])
    await driver.set(key, textFor(key, version, length))
    say(['done', key, version, length])
  }
}

/** Until the reader has room for it: the pipe may not block. */
function say(words: readonly unknown[]): void {
  for (;;) {
    try {
      writeSync(1, `${JSON.stringify(words)}\n`)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

say(['ready'])
await Promise.all(
  [65_536, 65_536, 65_536, 65_536, 200, 200, 2_000].map((longest, number) => writer(number, longest)),
)
