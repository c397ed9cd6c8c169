import { constants } from 'node:fs'
import { join } from 'node:path'
import { disk } from '../files/callbacks.ts'
import { probeName } from './prepare-root.ts'

const { O_CREAT, O_NOFOLLOW = 0, O_TRUNC, O_WRONLY } = constants
const leastBytes = 8_192
const mostBytes = 1_048_576

/** Reads the directory of values, writes a file of about that length there, and removes it again. */
export async function probe(root: string, bytes: number): Promise<void> {
  const values = join(root, 'values')
  const path = join(values, probeName)
  await disk.readdir(values)
  const file = await disk.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
  try {
    const content = Buffer.alloc(Math.min(Math.max(bytes, leastBytes), mostBytes))
    if ((await disk.writev(file, [content], 0)) < content.length) throw new Error('the disk is full')
  } finally {
    await disk.close(file)
    await disk.unlink(path)
  }
}
