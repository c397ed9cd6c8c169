/**
 * What a worker saw, in rows of five numbers appended to a file: a process that is killed loses the last tenth of a
 * second of its reads, and never tells what it did not see.
 */
import { appendFileSync, closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { Source } from './subject.ts'

const sources: readonly Source[] = ['memory', 'shared', 'disk', 'load', 'joined']

export interface SeenRead {
  readonly key: number
  readonly startedAt: number
  readonly endedAt: number
  readonly version: number | undefined
  readonly madeAt: number | undefined
  readonly source: Source
  readonly excused: boolean
  readonly final: boolean
}

/** What became of a commit. Times in ms. */
export interface SeenWrite {
  readonly commit: number
  readonly calledAt: number
  readonly acknowledgedAt: number | undefined
  readonly returnedAt: number
}

/** What came of the row. */
export type Seen =
  | { readonly kind: 'read'; readonly read: SeenRead }
  | { readonly kind: 'write'; readonly write: SeenWrite }
  | { readonly kind: 'failed'; readonly key: number; readonly startedAt: number; readonly endedAt: number }
  | { readonly kind: 'lag'; readonly at: number; readonly lagMs: number }

export interface Recorder {
  read(read: SeenRead): void
  write(write: SeenWrite): void
  failed(key: number, startedAt: number, endedAt: number): void
  lag(at: number, lagMs: number): void
  /** What was told goes to the file; also whenever a chunk is full. */
  flush(): void
  close(): void
}

const fields = 5
const chunkRows = 1024
const marks = { write: -1, failed: -2, lag: -3 } as const
const excusedFlag = 1
const finalFlag = 2
const perSource = 4
const perKey = 64

export function openRecorder(path: string): Recorder {
  const file = openSync(path, 'a')
  const chunk = new Float64Array(fields * chunkRows)
  let used = 0
  const flush = () => {
    if (used > 0) writeSync(file, new Uint8Array(chunk.buffer, 0, used * Float64Array.BYTES_PER_ELEMENT))
    used = 0
  }
  const push = (row: readonly number[]) => {
    chunk.set(row, used)
    used += fields
    if (used === chunk.length) flush()
  }
  return {
    read({ key, startedAt, endedAt, version, madeAt, source, excused, final }) {
      const flags = (excused ? excusedFlag : 0) + (final ? finalFlag : 0)
      const mark = key * perKey + sources.indexOf(source) * perSource + flags
      push([mark, startedAt, endedAt, version ?? Number.NaN, madeAt ?? Number.NaN])
    },
    write: ({ commit, calledAt, acknowledgedAt, returnedAt }) =>
      push([marks.write, commit, calledAt, acknowledgedAt ?? Number.NaN, returnedAt]),
    failed: (key, startedAt, endedAt) => push([marks.failed, key, startedAt, endedAt, 0]),
    lag: (at, lagMs) => push([marks.lag, at, lagMs, 0, 0]),
    flush,
    close() {
      flush()
      closeSync(file)
    },
  }
}

/** Rows of a file, oldest first; none where there is no file. */
export function* readRecord(path: string): Generator<Seen> {
  appendFileSync(path, '')
  const bytes = readFileSync(path)
  // A process may have been killed in the middle of a row.
  const rows = Math.floor(bytes.length / (fields * Float64Array.BYTES_PER_ELEMENT))
  const told = new Float64Array(rows * fields)
  new Uint8Array(told.buffer).set(bytes.subarray(0, told.byteLength))
  for (let row = 0; row < rows; row += 1) yield seenIn(told, row * fields)
}

function seenIn(told: Float64Array, at: number): Seen {
  const [mark = 0, a = 0, b = 0, c = 0, d = 0] = told.subarray(at, at + fields)
  if (mark === marks.write)
    return { kind: 'write', write: { commit: a, calledAt: b, acknowledgedAt: unlessNaN(c), returnedAt: d } }
  if (mark === marks.failed) return { kind: 'failed', key: a, startedAt: b, endedAt: c }
  if (mark === marks.lag) return { kind: 'lag', at: a, lagMs: b }
  const read: SeenRead = {
    key: Math.floor(mark / perKey),
    startedAt: a,
    endedAt: b,
    version: unlessNaN(c),
    madeAt: unlessNaN(d),
    source: sources[Math.floor((mark % perKey) / perSource)] ?? 'load',
    excused: (mark & excusedFlag) !== 0,
    final: (mark & finalFlag) !== 0,
  }
  return { kind: 'read', read }
}

function unlessNaN(number: number): number | undefined {
  return Number.isNaN(number) ? undefined : number
}
