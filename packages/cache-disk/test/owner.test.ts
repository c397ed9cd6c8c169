import { chmod, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createEntry } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { startChild } from './child-process.ts'
import { fileOf, tempDirectory, tempTier } from './disk-context.ts'

const inUse = { code: 'DIRECTORY_IN_USE' }

describe('one owner a directory', () => {
  it('refuses a second tier of this process until the first is closed', async () => {
    const first = await tempTier()
    await first.set('key', createEntry('value'))
    const second = await tempTier({ directory: first.directory })
    await expect(second.get('key')).rejects.toMatchObject({ ...inUse, directory: expect.any(String) })
    await expect(second.set('key', createEntry('other'))).rejects.toMatchObject(inUse)
    expect(second.stats()).toMatchObject({ failures: 2, entries: undefined })
    expect((await first.get('key'))?.value).toBe('value')
    await first.close()
    expect((await second.get('key'))?.value).toBe('value')
  })

  it('lets one of many that open at once in', async () => {
    const directory = await tempDirectory()
    const tiers = await Promise.all(Array.from({ length: 6 }, () => tempTier({ directory })))
    const outcomes = await Promise.allSettled(tiers.map(tier => tier.get('key')))
    expect(outcomes.filter(outcome => outcome.status === 'fulfilled')).toHaveLength(1)
  })

  it('refuses a directory that another process holds, and takes it over once that was killed', async () => {
    const directory = await tempDirectory()
    const child = await startChild('hold', directory)
    const tier = await tempTier({ directory })
    await expect(tier.get('held')).rejects.toMatchObject(inUse)
    await child.kill()
    expect((await tier.get('held'))?.value).toBe('held')
  })

  it('refuses a directory that anyone may write to', async () => {
    const directory = await tempDirectory()
    await chmod(directory, 0o777)
    const tier = await tempTier({ directory })
    await expect(tier.get('key')).rejects.toMatchObject({ code: 'UNSAFE_DIRECTORY' })
  })

  it('keeps what it makes to itself', async () => {
    const directory = join(await tempDirectory(), 'made', 'by the tier')
    const tier = await tempTier({ directory })
    await tier.set('key', createEntry('value'))
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777
    for (const path of [directory, join(directory, 'values'), dirname(fileOf(directory, 'key'))])
      expect(await modeOf(path)).toBe(0o700)
    for (const path of [fileOf(directory, 'key'), join(directory, 'index.sqlite'), join(directory, 'lock')])
      expect(await modeOf(path)).toBe(0o600)
  })

  it('touches nothing else that lies in its directory', async () => {
    const directory = await tempDirectory()
    await mkdir(join(directory, 'values', 'photos'), { recursive: true })
    const tier = await tempTier({ directory })
    await tier.set('key', createEntry('value'))
    await tier.close()
    expect((await stat(join(directory, 'values', 'photos'))).isDirectory()).toBe(true)
  })
})
