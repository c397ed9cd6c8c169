import type { WriteRows } from './history-writes.ts'

/** Mean time between two commits of the same key, in ms; `undefined` if no key was written twice. */
export function meanRewriteInterval(writes: WriteRows, keyCount: number): number | undefined {
  let intervals = 0
  let totalMs = 0
  for (let key = 0; key < keyCount; key += 1) {
    let count = 0
    let first = Number.POSITIVE_INFINITY
    let last = Number.NEGATIVE_INFINITY
    for (const row of writes.of(key)) {
      const at = writes.committedAt(row)
      // What was so before the history begins is no rewrite.
      if (at === Number.NEGATIVE_INFINITY) continue
      count += 1
      first = Math.min(first, at)
      last = Math.max(last, at)
    }
    if (count < 2) continue
    intervals += count - 1
    totalMs += last - first
  }
  return intervals === 0 ? undefined : totalMs / intervals
}
