/** Readers of traces that are text, line by line. */
import { StringDecoder } from 'node:string_decoder'
import type { ChunkReader } from './format-binary.ts'
import { type TraceBuilder, TraceError } from './trace.ts'

/** Calls `take` for each line that is not blank. */
function lineReader(builder: TraceBuilder, take: (line: string, number: number) => void): ChunkReader {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let number = 0
  const line = (text: string) => {
    number += 1
    const trimmed = text.trim()
    if (trimmed !== '' && !builder.isFull) take(trimmed, number)
  }
  return {
    push(chunk) {
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const text of lines) line(text)
    },
    end() {
      line(rest + decoder.end())
    },
  }
}

const mostBlocks = 1e7

/** ARC (Megiddo & Modha): `start count ignored sequence` stands for requests to `count` blocks from `start` on. */
export function arcReader(builder: TraceBuilder): ChunkReader {
  return lineReader(builder, (line, number) => {
    const [start, count] = line.split(/\s+/).map(Number)
    if (!isWhole(start) || !isWhole(count) || count > mostBlocks)
      throw new TraceError(`line ${number} is not "start count ignored sequence": "${excerpt(line)}"`)
    for (let block = start; block < start + count && !builder.isFull; block += 1) builder.add(block)
  })
}

/** LIRS (Jiang & Zhang): one block number a line; `*` lines are marks. */
export function lirsReader(builder: TraceBuilder): ChunkReader {
  return lineReader(builder, (line, number) => {
    if (line === '*') return
    const block = Number(line)
    if (!isWhole(block)) throw new TraceError(`line ${number} is not a block number: "${excerpt(line)}"`)
    builder.add(block)
  })
}

/** libCacheSim txt: one key a line, any text. */
export function txtReader(builder: TraceBuilder): ChunkReader {
  return lineReader(builder, line => builder.add(line))
}

/** Columns from 1 on. */
export interface CsvLayout {
  readonly delimiter?: string
  /** By default the column whose head says so, else the second, else the only one. */
  readonly keyColumn?: number
  /** By default the column whose head says so, else none. */
  readonly sizeColumn?: number
}

const keyHeads = ['obj_id', 'object_id', 'obj-id', 'object', 'obj', 'key', 'id']
const sizeHeads = ['obj_size', 'object_size', 'obj-size', 'size']

/** libCacheSim csv. A first line that begins with `#`, or that has a head we know, is no request. */
export function csvReader(builder: TraceBuilder, layout: CsvLayout): ChunkReader {
  const { delimiter = ',' } = layout
  let columns: { readonly key: number; readonly size: number | undefined } | undefined
  return lineReader(builder, (line, number) => {
    const cells = line
      .replace(/^#/, '')
      .split(delimiter)
      .map(cell => cell.trim())
    if (columns === undefined) {
      const heads = cells.map(cell => cell.toLowerCase())
      columns = columnsOf(heads, layout)
      if (line.startsWith('#') || heads.some(head => keyHeads.includes(head))) return
    }
    const key = cells[columns.key]
    const size = columns.size === undefined ? undefined : Number(cells[columns.size])
    if (!key || (size !== undefined && !isWhole(size)))
      throw new TraceError(`line ${number} lacks its key or size: "${excerpt(line)}"`)
    builder.add(key, size)
  })
}

function columnsOf(heads: readonly string[], { keyColumn, sizeColumn }: CsvLayout) {
  const find = (names: readonly string[]) => {
    const index = heads.findIndex(head => names.includes(head))
    return index < 0 ? undefined : index
  }
  return {
    key: keyColumn === undefined ? (find(keyHeads) ?? Math.min(1, heads.length - 1)) : keyColumn - 1,
    size: sizeColumn === undefined ? find(sizeHeads) : sizeColumn - 1,
  }
}

const isWhole = (value: number | undefined): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0
const excerpt = (line: string) => (line.length > 40 ? `${line.slice(0, 40)}…` : line)
