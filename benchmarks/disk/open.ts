/** How long a tier with many entries takes to open, and what its index takes of the heap. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Progress } from '../report/progress.ts'
import { inChild } from './in-child.ts'
import type { Opened } from './measure-open.ts'

export interface OpenRun {
  readonly entries: number
  /** With what was written still in the page cache. */
  readonly warm: readonly Opened[]
  /** After the page cache was dropped; none where that is not permitted. */
  readonly cold: readonly Opened[]
  /** Of the index, by the collector and by the tier's own estimate. */
  readonly bytesPerEntry: number
  readonly estimatePerEntry: number
}

const entries = 100_000
const runs = 3

export async function runOpen(scratch: string, progress: Progress): Promise<OpenRun> {
  const directory = join(scratch, 'many')
  progress.show(`open: filling ${entries} entries`)
  await inChild({ kind: 'fill', directory, entries })
  const [warm, cold]: [Opened[], Opened[]] = [[], []]
  for (let run = 0; run < runs; run += 1) {
    progress.show(`open: run ${run + 1} of ${runs}`)
    warm.push(await inChild({ kind: 'open', directory, entries }))
    if (dropPageCache()) cold.push(await inChild({ kind: 'open', directory, entries }))
  }
  const { bytes, indexBytes } = await inChild({ kind: 'weigh', directory, entries })
  return { entries, warm, cold, bytesPerEntry: bytes / entries, estimatePerEntry: indexBytes / entries }
}

/** Whether it could be done: it takes Linux and root. */
function dropPageCache(): boolean {
  try {
    // What is not written back cannot be dropped.
    spawnSync('sync')
    writeFileSync('/proc/sys/vm/drop_caches', '3')
    return true
  } catch {
    return false
  }
}
