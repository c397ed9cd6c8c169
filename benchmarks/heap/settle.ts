/** Bytes that are alive: what the collector leaves, when it finds nothing more. */
import { setImmediate } from 'node:timers/promises'

const mostTries = 20
const closeEnough = 4096

/** `external` has array buffers in it already. Needs `--expose-gc`. */
export async function liveBytes(): Promise<number> {
  const { gc } = globalThis
  if (!gc) throw new Error('run with --expose-gc')
  let before = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < mostTries; tries += 1) {
    gc()
    // Backing stores of buffers are given back after the collection, between turns.
    await setImmediate()
    const { heapUsed, external } = process.memoryUsage()
    const bytes = heapUsed + external
    if (Math.abs(before - bytes) < closeEnough) return bytes
    before = bytes
  }
  return before
}
