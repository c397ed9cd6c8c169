/** Which format a file is in: said by the caller, by its first bytes or by its name. */
import { basename } from 'node:path'
import { UsageError } from '../report/usage-error.ts'
import { chunksOf, headOf } from './chunks.ts'
import { type ChunkReader, oracleGeneralReader, trc1Reader, withSizes } from './format-binary.ts'
import { arcReader, type CsvLayout, csvReader, lirsReader, txtReader } from './format-text.ts'
import { type Trace, TraceBuilder, TraceError } from './trace.ts'

export const formats = ['trc1', 'arc', 'lirs', 'oracle-general', 'csv', 'txt'] as const
export type Format = (typeof formats)[number]

export interface ReadOptions extends CsvLayout {
  readonly format?: Format
  /** Requests after which to stop. */
  readonly limit?: number
  /** A file of sizes that belongs to it. */
  readonly sizes?: string
}

/** @throws UsageError, one line that names the file, for a file that cannot be read or is not in its format. */
export async function readTrace(path: string, options: ReadOptions = {}): Promise<Trace> {
  try {
    const format = options.format ?? (await sniff(path))
    const builder = new TraceBuilder(options.limit)
    const reader = readerOf(format, builder, options)
    for await (const chunk of chunksOf(path)) {
      reader.push(chunk)
      if (builder.isFull) break
    }
    reader.end()
    if (builder.length === 0) throw new TraceError(`has no request in it (read as ${format})`)
    const trace = builder.build(traceName(path))
    return options.sizes === undefined ? trace : withSizes(trace, await wholeFile(options.sizes))
  } catch (error) {
    throw asUsageError(path, error)
  }
}

function readerOf(format: Format, builder: TraceBuilder, layout: CsvLayout): ChunkReader {
  switch (format) {
    case 'trc1':
      return trc1Reader(builder)
    case 'arc':
      return arcReader(builder)
    case 'lirs':
      return lirsReader(builder)
    case 'oracle-general':
      return oracleGeneralReader(builder)
    case 'csv':
      return csvReader(builder, layout)
    case 'txt':
      return txtReader(builder)
  }
}

const byName: readonly (readonly [RegExp, Format])[] = [
  [/\.(?:arc|lis)$/i, 'arc'],
  [/\.lirs$/i, 'lirs'],
  [/oraclegeneral(?:\.bin)?$/i, 'oracle-general'],
  [/\.csv$/i, 'csv'],
]

const packed = /\.(?:gz|zst)$/i
const ending = /\.(?:trc|arc|lis|lirs|trace|oraclegeneral(?:\.bin)?|bin|csv|txt)$/i

/** The file's name without what tells its format. */
const traceName = (path: string): string => basename(path).replace(packed, '').replace(ending, '')

/** Whether a file in a folder is meant to be run. */
export const isTraceName = (path: string): boolean => ending.test(basename(path).replace(packed, ''))

const headBytes = 4096

export async function sniff(path: string): Promise<Format> {
  const head = await headOf(path, headBytes)
  if (head.length === 0) throw new TraceError('is empty')
  if (head.toString('latin1', 0, 4) === 'TRC1') return 'trc1'
  const name = basename(path).replace(packed, '')
  const named = byName.find(([pattern]) => pattern.test(name))
  const format = named?.[1] ?? sniffText(head) ?? sniffRecords(head)
  if (format) return format
  throw new TraceError(`is in no format known here; say which by --format ${formats.join('|')}`)
}

function sniffText(head: Buffer): Format | undefined {
  const text = head.toString('utf8')
  // Bytes below the tab, and what is no UTF-8, are in no line of text.
  if (head.some(byte => byte < 9) || text.slice(0, -1).includes('\ufffd')) return undefined
  const line =
    text
      .split('\n')
      .find(one => one.trim() !== '' && one.trim() !== '*')
      ?.trim() ?? ''
  if (/^\d+(?:\s+\d+){3}$/.test(line)) return 'arc'
  if (/^\d+$/.test(line)) return 'lirs'
  return line.includes(',') ? 'csv' : 'txt'
}

const recordBytes = 24

/** Times that never fall and next requests that are −1 or more, over all whole records seen. */
function sniffRecords(head: Buffer): Format | undefined {
  if (head.length < recordBytes) return undefined
  let before = 0
  for (let at = 0; at + recordBytes <= head.length; at += recordBytes) {
    const time = head.readUInt32LE(at)
    if (time < before || head.readBigInt64LE(at + 16) < -1n) return undefined
    before = time
  }
  return 'oracle-general'
}

async function wholeFile(path: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  try {
    for await (const chunk of chunksOf(path)) pieces.push(chunk)
  } catch (error) {
    throw asUsageError(path, error)
  }
  return Buffer.concat(pieces)
}

function asUsageError(path: string, error: unknown): unknown {
  if (error instanceof TraceError) return new UsageError(`${path} ${error.message}`)
  const { code } = error as { code?: string }
  if (code === 'ENOENT') return new UsageError(`${path} is not there`)
  if (code === 'EISDIR' || code === 'EACCES') return new UsageError(`${path} cannot be read (${code})`)
  return error
}
