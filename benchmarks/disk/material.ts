/** What is stored: values of three sizes, each different from all others, and a place for them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Size {
  readonly name: string
  readonly bytes: number
  /** Entries that are there. */
  readonly entries: number
}

export const sizes: readonly Size[] = [
  { name: '1 kB', bytes: 1_024, entries: 10_000 },
  { name: '100 kB', bytes: 102_400, entries: 2_000 },
  { name: '1 MB', bytes: 1_048_576, entries: 300 },
]

export const keyOf = (number: number): string => `workflow:${number}`

const numberBytes = 16

/** Values of one length: bytes of text, so that a store which takes only strings has no more to write than others. */
export function valuesOf(bytes: number): (number: number) => Buffer {
  const text = Buffer.alloc(bytes)
  for (let at = 0, state = 1; at < bytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    text[at] = 97 + ((state >>> 24) % 26)
  }
  return number => {
    const value = Buffer.from(text)
    value.write(`${number}`.padStart(numberBytes, '0'), 'latin1')
    return value
  }
}

/**
 * Runs `task` with a directory below that of the system for temporary files, and removes it. One for all parts: on ext4
 * each new file looks at all that were removed in the minutes before, and what a part removed would slow the next.
 */
export async function inScratch<R>(task: (directory: string) => Promise<R>): Promise<R> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-disk-'))
  try {
    return await task(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
