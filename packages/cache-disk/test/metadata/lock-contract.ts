/** One owner a directory, whatever the bindings of the two that want it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestRunner } from '@greenlang/testkit'
import { lockDirectory } from '../../src/metadata/lock-directory.ts'
import type { MetadataBinding } from '../../src/metadata/metadata-store.ts'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))
const holder = fileURLToPath(new URL('lock.child.ts', import.meta.url))
/** Newer versions of Node read TypeScript by themselves. */
const loader = 'typescript' in process.features && process.features.typescript ? [] : ['--import', 'tsx']

type Binding = Exclude<MetadataBinding, 'auto'>

/** @param first Of the one that holds the directory. @param second Of the one that wants it. */
export function lockContract(
  runner: TestRunner,
  name: string,
  first: Binding,
  second: Binding = first,
): void {
  const { expect } = runner
  const test = (title: string, body: (directory: string) => Promise<void>) =>
    runner.it(`${name}: ${title}`, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'greenlang-lock-'))
      try {
        await body(directory)
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    })
  runner.describe(name, () => {
    test('refuses a second owner of this process until the first one lets go', async directory => {
      const lock = await lockDirectory(directory, first)
      expect(await refusal(directory, second)).toBe('DIRECTORY_IN_USE')
      expect(await refusal(directory, first)).toBe('DIRECTORY_IN_USE')
      await Promise.all([lock.release(), lock.release()])
      await lock.release()
      expect(await refusal(directory, second)).toBe('none')
      expect((await stat(join(directory, 'lock'))).mode & 0o777).toBe(0o600)
    })
    test('gives a directory to one of many that want it at once', async directory => {
      const wants = [first, second, first, second].map(binding => lockDirectory(directory, binding))
      const results = await Promise.allSettled(wants)
      const locks = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
      expect(locks.length).toBe(1)
      for (const lock of locks) await lock.release()
    })
    test('does not take a new directory at the old path for the one that is held', async directory => {
      const lock = await lockDirectory(directory, first)
      await rename(join(directory, 'lock'), join(directory, 'moved'))
      expect(await refusal(directory, second)).toBe('none')
      await lock.release()
    })
    test('refuses a directory of another process until that one is killed', async directory => {
      const args = ['--conditions=greenlang-source', ...loader, holder, directory, first]
      const child = spawn(process.execPath, args, {
        cwd: repository,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const exited = once(child, 'exit')
      try {
        await Promise.race([once(child.stdout, 'data'), exited])
        expect(await refusal(directory, second)).toBe('DIRECTORY_IN_USE')
      } finally {
        child.kill('SIGKILL')
        await exited
      }
      expect(await refusal(directory, second)).toBe('none')
    })
  })
}

/** Code of the error that a lock rejects with; `'none'`, and no lock left, if it was got. */
async function refusal(directory: string, binding: Binding): Promise<string> {
  try {
    await (await lockDirectory(directory, binding)).release()
    return 'none'
  } catch (error) {
    return String((error as { code?: unknown }).code)
  }
}
