import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { diskTier } from '../src/index.ts'
import { afterwards, tempDirectory } from './disk-context.ts'

const repository = fileURLToPath(new URL('../../../', import.meta.url))

/** Runs the script to its death, and returns what it said last. */
async function die(...args: readonly string[]): Promise<number> {
  const path = fileURLToPath(new URL('journal.child.ts', import.meta.url))
  const node = ['--conditions=greenlang-source', '--import', 'tsx', path, ...args]
  const child = spawn(process.execPath, node, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] })
  afterwards(async () => child.kill('SIGKILL'))
  const closed = once(child, 'close')
  const [said, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [, signal] = (await closed) as [number | null, string | null]
  if (signal !== 'SIGKILL') throw new Error(`the child did not die as planned: ${complaints}`)
  return Number(said.trim().split('\n').at(-1))
}

const ways = ['removal', 'own'].flatMap(how =>
  [0, 1, 3, 8, 20, 60].map(turns => [how, turns % 2 === 0 ? 'none' : 'data', turns] as const),
)

describe('a journal whose process was killed', () => {
  it.each(ways)(
    'is not ahead of its removals: %s, durability %s, after %i turns',
    async (how, durability, turns) => {
      const directory = await tempDirectory()
      const acknowledged = await die(directory, how, durability, String(turns))
      expect(acknowledged).toBeGreaterThanOrEqual(12)

      const tier = diskTier<string>({ directory, maxBytes: '64mb' })
      afterwards(async () => tier.close())
      const applied = await tier.journal.read()
      expect(applied?.history).toBe('h')
      const upTo = applied?.sequence ?? 0
      expect(upTo).toBeGreaterThanOrEqual(acknowledged)
      for (let number = 1; number <= upTo; number += 1) {
        const found = await tier.get(`key ${number}`)
        const isOld = found !== undefined && !found.invalidated && found.value !== 'new'
        expect({ number, isOld }).toEqual({ number, isOld: false })
        if (found) expect(found.checkedAt).toBe(0)
      }
      expect(tier.stats().rejected).toBe(0)
    },
  )
})
