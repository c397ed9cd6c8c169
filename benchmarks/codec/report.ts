/** The report of a codec run, as markdown. */
import { load, machine } from '../report/results.ts'
import { figure, grouped, table } from '../report/table.ts'
import { type Compressed, compressions, type Measured } from './measure.ts'
import type { Kind } from './values.ts'

export interface CodecRun {
  readonly command: string
  readonly rounds: number
  readonly measured: ReadonlyMap<string, { readonly kind: Kind; readonly figures: Measured }>
  readonly compressed: ReadonlyMap<string, Compressed>
}

/** What was asked for: of 200 rows, and of small objects. */
const bars = { size: 0.46, faster: 1.5, slower: 1.5 }

export function codecReport(run: CodecRun): string {
  return `# Codec

Command: \`${run.command}\`. One process, turn by turn, ${run.rounds} rounds, medians, without the time that others had the
processor. Load ${load()}. ${machine()}.

## \`cborCodec\` against JSON

Encoding is from value to bytes and decoding from bytes to value, for both; "text" is \`JSON.parse\` of text that is there
already, without its bytes. Figures are times of the codec in parts of those of JSON: below 1 it is faster. Nothing is compressed.

${codecTable(run)}

${bar(run)}

## Compression

\`createEnvelope\` from entry to bytes and back. "stood still" is the longest time in ms that the event loop did nothing else
meanwhile: above 64 kB zlib works on another thread.

${compressionTable(run)}
`
}

function codecTable({ measured }: CodecRun): string {
  return table(
    ['', 'bytes', 'of JSON', 'encode', 'decode', 'decode, text', 'encode µs', 'decode µs'],
    [...measured].map(([name, { figures }]) => [
      name,
      grouped(figures.bytes),
      figure(figures.bytes / figures.jsonBytes, 2),
      figure(figures.encode / figures.stringify, 2),
      figure(figures.decode / figures.parseBytes, 2),
      figure(figures.decode / figures.parse, 2),
      figure(figures.encode / 1000, 1),
      figure(figures.decode / 1000, 1),
    ]),
  )
}

/** Whether what was asked for is met, by the worst of each kind. */
function bar({ measured }: CodecRun): string {
  const of = (kind: Kind) =>
    [...measured.values()].filter(each => each.kind === kind).map(({ figures }) => figures)
  const worst = (kind: Kind, ratio: (figures: Measured) => number) => Math.max(...of(kind).map(ratio))
  const faster = 1 / worst('rows', ({ decode, parse }) => decode / parse)
  const size = worst('rows', ({ bytes, jsonBytes }) => bytes / jsonBytes)
  const encode = worst('small', figures => figures.encode / figures.stringify)
  const decode = worst('small', figures => figures.decode / figures.parseBytes)
  return table(
    ['', 'worst', 'asked for', 'met'],
    [
      row(
        '200 rows: decoding, times as fast as JSON.parse of the text',
        faster,
        bars.faster,
        faster >= bars.faster,
      ),
      row('200 rows: bytes, in parts of JSON', size, bars.size, size <= bars.size),
      row('small objects: encoding, in parts of JSON', encode, bars.slower, encode <= bars.slower),
      row('small objects: decoding, in parts of JSON', decode, bars.slower, decode <= bars.slower),
    ],
  )
}

function row(name: string, value: number, asked: number, isMet: boolean): string[] {
  return [name, figure(value, 2), figure(asked, 2), isMet ? 'yes' : 'no']
}

function compressionTable({ compressed }: CodecRun): string {
  return table(
    ['', 'value', 'compression', 'of plain', 'encode ms', 'decode ms', 'stood still ms'],
    [...compressed].flatMap(([name, figures]) =>
      compressions.map(compression => [
        name,
        grouped(figures.rawBytes),
        compression,
        figure(figures.bytes[compression] / figures.bytes.none, 2),
        figure(figures.encode[compression], 3),
        figure(figures.decode[compression], 3),
        figure(figures.block[compression], 3),
      ]),
    ),
  )
}
