/**
 * Time less what this thread spent ready to run while others had the processor: on a shared machine that is most of the
 * noise. Linux tells it (second figure of schedstat); elsewhere it is plain time. Waits for its own collector count.
 */
import { closeSync, openSync, readSync } from 'node:fs'

const nanosecondsPerMs = 1e6
const longest = 128

const statistics = open()
const bytes = Buffer.alloc(longest)

export const knowsWaits: boolean = statistics !== undefined

/** Ms passed, waits left out, since the call. */
export function startStopwatch(): () => number {
  const began = read()
  return () => {
    const ended = read()
    return ended.at - began.at - (ended.waited - began.waited)
  }
}

const mostTries = 10
const longestGapMs = 0.05

/** Clock and waits of one moment: a wait that falls between the two reads would be in one of them only. */
function read(): { readonly at: number; readonly waited: number } {
  if (statistics === undefined) return { at: performance.now(), waited: 0 }
  for (let tries = 1; ; tries += 1) {
    const at = performance.now()
    const waited = waitedMs(statistics)
    if (performance.now() - at < longestGapMs || tries === mostTries) return { at, waited }
  }
}

function waitedMs(file: number): number {
  const length = readSync(file, bytes, 0, longest, 0)
  return Number(bytes.toString('latin1', 0, length).split(' ')[1]) / nanosecondsPerMs
}

/** Stays open for the life of the process. */
function open(): number | undefined {
  let file: number | undefined
  try {
    file = openSync('/proc/thread-self/schedstat', 'r')
    if (readSync(file, Buffer.alloc(longest), 0, longest, 0) > 0) return file
  } catch {
    // Another system.
  }
  if (file !== undefined) closeSync(file)
  return undefined
}
