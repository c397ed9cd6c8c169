/** The codec against JSON, turn by turn in one process: whatever slows the machine slows both. */

import { createEnvelope } from '@greenlang/codec'
import { type Codec, createEntry } from '@greenlang/core'
import { median } from '../report/statistics.ts'
import { startStopwatch } from '../speed/stopwatch.ts'

export interface Measured {
  readonly jsonBytes: number
  readonly bytes: number
  /** ns of the codec and of JSON, each from value to bytes or back; `parse` is `JSON.parse` of text that is there. */
  readonly encode: number
  readonly decode: number
  readonly stringify: number
  readonly parseBytes: number
  readonly parse: number
}

export interface Effort {
  readonly rounds: number
  /** ms of one subject in one round. */
  readonly ms: number
}

export function measureCodec(codec: Codec, value: unknown, effort: Effort): Measured {
  const text = JSON.stringify(value)
  const [json, bytes] = [Buffer.from(text), Buffer.from(codec.encode(value))]
  const taken = inTurns(effort, {
    encode: () => codec.encode(value),
    stringify: () => Buffer.from(JSON.stringify(value)),
    decode: () => codec.decode(bytes),
    parseBytes: () => JSON.parse(json.toString()),
    parse: () => JSON.parse(text),
  })
  return { jsonBytes: json.length, bytes: bytes.length, ...taken }
}

/** Median ns of one call of each. */
function inTurns<Name extends string>(
  { rounds, ms }: Effort,
  subjects: Readonly<Record<Name, () => unknown>>,
): Record<Name, number> {
  const names = Object.keys(subjects) as Name[]
  const times = new Map<Name, number[]>(names.map(name => [name, []]))
  const counts = new Map<Name, number>(names.map(name => [name, callsIn(subjects[name], ms)]))
  for (let round = 0; round < rounds; round += 1)
    for (const name of names) times.get(name)?.push(nsOf(subjects[name], counts.get(name) ?? 1))
  return Object.fromEntries(names.map(name => [name, median(times.get(name) ?? [])])) as Record<Name, number>
}

/** Also warms it up: the first calls are of code that is not compiled. */
function callsIn(subject: () => unknown, ms: number): number {
  let count = 1
  while (nsOf(subject, count) * count < ms * 1e6) count *= 2
  return count
}

function nsOf(subject: () => unknown, count: number): number {
  const elapsedMs = startStopwatch()
  for (let call = 0; call < count; call += 1) subject()
  return (elapsedMs() * 1e6) / count
}

export interface Compressed {
  readonly rawBytes: number
  /** Of the whole envelope, by compression. */
  readonly bytes: Readonly<Record<Compression, number>>
  /** ms from entry to bytes and back, until it is there. */
  readonly encode: Readonly<Record<Compression, number>>
  readonly decode: Readonly<Record<Compression, number>>
  /** Longest time in ms that the event loop stood still meanwhile. */
  readonly block: Readonly<Record<Compression, number>>
}

export const compressions = ['none', 'gzip', 'brotli'] as const
export type Compression = (typeof compressions)[number]

export async function measureCompression(value: unknown, rounds: number): Promise<Compressed> {
  const entry = createEntry(value)
  const seen = { bytes: empty(), encode: empty(), decode: empty(), block: empty() }
  let rawBytes = 0
  for (let round = 0; round < rounds; round += 1)
    for (const compression of compressions) {
      const envelope = createEnvelope({ compression })
      rawBytes = envelope.codec.encode(value).length
      const encoded = await watched(async () => envelope.encode('key', entry))
      const decoded = await watched(async () => envelope.decode('key', encoded.result))
      if (decoded.result.kind === 'foreign') throw new Error('an entry did not come back')
      seen.bytes[compression].push(encoded.result.length)
      seen.encode[compression].push(encoded.ms)
      seen.decode[compression].push(decoded.ms)
      seen.block[compression].push(Math.max(encoded.block, decoded.block))
    }
  return {
    rawBytes,
    bytes: medians(seen.bytes),
    encode: medians(seen.encode),
    decode: medians(seen.decode),
    block: medians(seen.block),
  }
}

type Samples = Record<Compression, number[]>

const empty = (): Samples => ({ none: [], gzip: [], brotli: [] })
const medians = ({ none, gzip, brotli }: Samples) => ({
  none: median(none),
  gzip: median(gzip),
  brotli: median(brotli),
})

interface Watched<Result> {
  readonly result: Result
  readonly ms: number
  readonly block: number
}

/** Runs it beside a callback that comes as often as the event loop lets it. */
async function watched<Result>(task: () => Promise<Result>): Promise<Watched<Result>> {
  let [last, block, isOver] = [performance.now(), 0, false]
  const tick = () => {
    const now = performance.now()
    block = Math.max(block, now - last)
    last = now
    if (!isOver) setImmediate(tick)
  }
  await new Promise(resolve => setImmediate(resolve))
  last = performance.now()
  const start = last
  setImmediate(tick)
  const result = await task()
  const ms = performance.now() - start
  isOver = true
  await new Promise(resolve => setImmediate(resolve))
  return { result, ms, block }
}
