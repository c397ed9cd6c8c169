/** A directory of many small entries: filled, opened, and weighed once it is open. Each in a process of its own. */
import { type DiskTier, diskTier } from '@greenlang/cache-disk'
import { createEntry, type Entry } from '@greenlang/core'
import { liveBytes } from '../heap/settle.ts'
import { keyOf } from './material.ts'

export interface Opened {
  /** From making the tier to the answer of its first read. */
  readonly firstReadMs: number
  readonly reconciledMs: number
  readonly missing: number
}

const valueBytes = 100
const batch = 500

const tierOf = (directory: string): DiskTier<Buffer> => diskTier<Buffer>({ directory, maxBytes: '16gb' })

export async function fillMany(directory: string, entries: number): Promise<Record<string, never>> {
  await using tier = tierOf(directory)
  for (let from = 0; from < entries; from += batch) {
    const some = new Map<string, Entry<Buffer>>()
    for (let number = from; number < Math.min(from + batch, entries); number += 1)
      some.set(keyOf(number), createEntry(Buffer.alloc(valueBytes, number), { ttl: '1h' }))
    await tier.setMany(some)
  }
  return {}
}

export async function openMany(directory: string, entries: number): Promise<Opened> {
  const begun = performance.now()
  await using tier = tierOf(directory)
  const first = await tier.get(keyOf(Math.floor(entries / 2)))
  const firstReadMs = performance.now() - begun
  if (!first) throw new Error('the first read is a miss')
  const { missing } = await tier.reconciled()
  return { firstReadMs, reconciledMs: performance.now() - begun, missing }
}

export async function weighMany(directory: string, entries: number) {
  // What opening loads and compiles is not the index's.
  await fillMany(`${directory}-rehearsal`, batch)
  await openMany(`${directory}-rehearsal`, batch)
  const before = await liveBytes()
  await using tier = tierOf(directory)
  await tier.get(keyOf(0))
  await tier.reconciled()
  const bytes = (await liveBytes()) - before
  const { indexBytes, entries: held } = tier.stats()
  if (held !== entries) throw new Error(`${held} of ${entries} entries are there`)
  return { bytes, indexBytes, entries }
}
