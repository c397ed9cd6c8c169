import { createKeyCheck } from './history-key-check.ts'
import type { ReadRows } from './history-reads.ts'
import { createSuspensions } from './history-suspensions.ts'
import { createTally, type TallyReport } from './history-tally.ts'
import type { HistoryOptions } from './history-types.ts'
import { createVersions } from './history-versions.ts'
import type { WriteRows } from './history-writes.ts'

/** All that was told, with a number for each key: the index of its name. */
export interface ToldHistory {
  readonly keys: readonly string[]
  readonly reads: ReadRows
  readonly writes: WriteRows
}

/** Judges every read, key by key: n log n comparisons for the n reads and writes of a key. */
export function checkHistory(told: ToldHistory, options: Required<HistoryOptions>): TallyReport {
  const { keys, reads, writes } = told
  const tally = createTally()
  const check = createKeyCheck({ reads, tally, options, suspensions: createSuspensions(options.suspended) })
  const { rows, ends } = byKey(reads, keys.length)
  keys.forEach((key, number) => {
    const ofKey = rows.subarray(ends[number - 1] ?? 0, ends[number])
    if (ofKey.length > 0) check(key, createVersions(writes, writes.of(number)), ofKey)
  })
  return tally.report()
}

/** Rows of all reads, those of each key together and in the order they were told; `ends` has where the next key begins. */
function byKey(reads: ReadRows, keyCount: number): { rows: Int32Array; ends: Int32Array } {
  const ends = new Int32Array(keyCount)
  for (let row = 0; row < reads.length; row += 1) add(ends, reads.key(row), 1)
  for (let key = 1; key < keyCount; key += 1) add(ends, key, ends[key - 1] ?? 0)
  const next = ends.slice()
  const rows = new Int32Array(reads.length)
  for (let row = reads.length - 1; row >= 0; row -= 1) rows[add(next, reads.key(row), -1)] = row
  return { rows, ends }
}

function add(counts: Int32Array, index: number, amount: number): number {
  const count = (counts[index] ?? 0) + amount
  counts[index] = count
  return count
}
