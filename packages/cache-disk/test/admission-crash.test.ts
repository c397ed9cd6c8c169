import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { afterwards, tempDirectory } from './disk-context.ts'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const mb = 2 ** 20

/** Runs the child to its death, and returns how many bytes it wrote. */
async function spend(directory: string, dailyBytes: number): Promise<number> {
  const path = fileURLToPath(new URL('admission.child.ts', import.meta.url))
  const args = ['--conditions=greenlang-source', '--import', 'tsx', path, directory, String(dailyBytes)]
  const child = spawn(process.execPath, args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] })
  afterwards(async () => child.kill('SIGKILL'))
  const closed = once(child, 'close')
  const [said, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [, signal] = (await closed) as [number | null, string | null]
  if (signal !== 'SIGKILL') throw new Error(`the child did not die as planned: ${complaints}`)
  return Number(said)
}

describe('a daily budget', () => {
  it('is not renewed by a process that is killed again and again', async () => {
    const directory = await tempDirectory()
    const written: number[] = []
    for (let life = 0; life < 4; life += 1) written.push(await spend(directory, mb))
    const [first = 0, ...later] = written
    expect(first).toBeGreaterThan(mb / 4 - 11_000)
    expect(first).toBeLessThanOrEqual(mb / 4)
    // A second gives back nine bytes.
    expect(later.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(11_000)
  })
})
