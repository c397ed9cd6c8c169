import { mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createEntry } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { fileOf, filesIn, tempDirectory, tempTier, until } from './disk-context.ts'

const entry = createEntry({ id: 7, name: 'Ada' }, { ttl: '1h', tags: ['user:7'] })
const key = 'user:7'

describe('a file that was tampered with', () => {
  it('is never a wrong value, whichever byte was changed', async () => {
    const tier = await tempTier()
    const path = fileOf(tier.directory, key)
    await tier.set(key, entry)
    const whole = await readFile(path)
    for (let at = 0; at < whole.length; at += 1) {
      await tier.set(key, entry)
      const bytes = Buffer.from(whole)
      bytes[at] = (bytes[at] ?? 0) ^ (at % 2 === 0 ? 0xff : 0x10)
      await writeFile(path, bytes)
      const found = await tier.get(key)
      if (found) expect(found).toEqual({ ...entry, invalidated: true })
    }
    expect(tier.stats()).toMatchObject({ rejected: whole.length, failures: 0 })
  })

  it.each([
    ['cut short', (path: string) => truncate(path, 20)],
    ['empty', (path: string) => truncate(path, 0)],
    ['longer', async (path: string) => writeFile(path, Buffer.concat([await readFile(path), Buffer.of(0)]))],
    ['far longer', (path: string) => truncate(path, 10 * 2 ** 30)],
    ['gone', (path: string) => rm(path)],
    ['gone with its directories', (path: string) => rm(dirname(dirname(path)), { recursive: true })],
    ['in a directory that became a file', becomeFile],
    ['a link', (path: string) => rename(path, `${path}.moved`).then(() => symlink(`${path}.moved`, path))],
  ])('is a miss, counted and removed, when %s', async (_, tamper) => {
    const tier = await tempTier()
    const path = fileOf(tier.directory, key)
    await tier.set(key, entry)
    await tamper(path)
    expect(await tier.get(key)).toBeUndefined()
    expect(tier.stats()).toMatchObject({ misses: 1, hits: 0, rejected: 1, failures: 0 })
    await until('the removal', () => tier.stats().bytes === 0)
    await tier.set(key, entry)
    expect(await tier.get(key)).toEqual(entry)
  })

  it('is not served under another key', async () => {
    const tier = await tempTier()
    const [mine, other] = [fileOf(tier.directory, 'mine'), fileOf(tier.directory, 'othr')]
    await tier.set('mine', createEntry('mine', { ttl: '1h' }))
    await tier.set('othr', createEntry('othr', { ttl: '1h' }))
    await rename(mine, `${mine}.moved`)
    await rename(other, mine)
    await rename(`${mine}.moved`, other)
    expect((await tier.getMany(['mine', 'othr'])).size).toBe(0)
    expect(tier.stats().rejected).toBe(2)
  })

  it('is removed rather than marked when it is not there to be marked', async () => {
    const tier = await tempTier()
    await tier.set(key, entry)
    await rm(fileOf(tier.directory, key))
    await tier.invalidateMany([key])
    expect(tier.stats()).toMatchObject({ entries: 0, bytes: 0, rejected: 1, failures: 0 })
  })
})

describe('links planted in the directory', () => {
  it('lead no write, mark, removal or clearing out of it', async () => {
    const outside = await tempDirectory()
    const directory = await tempDirectory()
    const path = fileOf(directory, key)
    const victim = join(outside, path.slice(-60))
    await writeFile(victim, 'precious')
    await mkdir(dirname(dirname(path)), { recursive: true })
    await symlink(outside, dirname(path))
    await symlink(outside, join(directory, 'temp'))

    const tier = await tempTier({ directory })
    await tier.get(key)
    await tier.invalidateMany([key])
    await tier.deleteMany([key])
    await tier.set(key, entry)
    expect(await tier.get(key)).toEqual(entry)
    await tier.clear()
    await tier.close()
    expect(await readFile(victim, 'utf8')).toBe('precious')
    expect(await filesIn(directory)).toEqual([])
  })

  it('are not followed to an index or a lock', async () => {
    const outside = await tempDirectory()
    for (const name of ['index.sqlite', 'lock']) {
      const directory = await tempDirectory()
      await writeFile(join(outside, name), '')
      await symlink(join(outside, name), join(directory, name))
      const tier = await tempTier({ directory })
      await expect(tier.get(key)).rejects.toMatchObject({ code: 'SQLITE_CANTOPEN' })
      expect(await readFile(join(outside, name), 'utf8')).toBe('')
    }
  })
})

async function becomeFile(path: string): Promise<void> {
  await rm(dirname(path), { recursive: true })
  await writeFile(dirname(path), 'not a directory')
}
