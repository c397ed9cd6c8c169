/**
 * What one property is in all rows: an array that begins with the kind of column. Each kind takes a byte for a row at
 * least, so that bytes cannot ask for more rows than they are long. In the brackets what follows the kind:
 *
 *   generic     [values]
 *   numbers     [decimal places, typed array], see numbers.ts
 *   text        [lengths, blocks], see text-blocks.ts; null among them
 *   narrow      [length of each, bytes], texts of the letters of base64url, see narrow-text.ts
 *   isoDate     [ms since the epoch as float64], texts as toISOString spells them
 *   date        [ms since the epoch as float64], objects of Date
 *   dictionary  [distinct values, the number of one for each row]; primitive values only
 */
import { types } from 'node:util'
import { isWholeDate, isWholeText } from '../value-check.ts'
import { isIsoDate, readIsoDates, writeIsoDates } from './iso-date.ts'
import { readNarrow, writeNarrow } from './narrow-text.ts'
import { readNumbers, writeNumbers } from './numbers.ts'
import { readText, writeText } from './text-blocks.ts'

const kinds = { generic: 0, numbers: 1, text: 2, narrow: 3, isoDate: 4, date: 5, dictionary: 6 } as const
const mostDistinct = 255

/** `pack` makes of each value of a generic column what cbor-x may write. */
export function writeColumn(values: readonly unknown[], pack: (value: unknown) => unknown): unknown[] {
  const first = values.find(value => value !== null)
  switch (typeof first) {
    case 'number':
      return writeNumberColumn(values) ?? [kinds.generic, values.map(pack)]
    case 'string':
      return writeTextColumn(values, first) ?? [kinds.generic, values.map(pack)]
    case 'object':
      return writeDateColumn(values, first) ?? [kinds.generic, values.map(pack)]
    default:
      return writeDictionary(values, mostDistinct) ?? [kinds.generic, values.map(pack)]
  }
}

/** `count` values; `undefined` if the column does not hold exactly as many. `unpack` undoes what `pack` made. */
export function readColumn(
  column: unknown,
  count: number,
  unpack: (value: unknown) => unknown,
): readonly unknown[] | undefined {
  if (!Array.isArray(column)) return undefined
  const [kind, first, second] = column as readonly unknown[]
  const values = readKind(kind, [first, second], unpack)
  return values?.length === count ? values : undefined
}

function readKind(
  kind: unknown,
  [first, second]: readonly unknown[],
  unpack: (value: unknown) => unknown,
): readonly unknown[] | undefined {
  switch (kind) {
    case kinds.generic:
      return Array.isArray(first) ? first.map(unpack) : undefined
    case kinds.numbers:
      return readNumbers(first, second)
    case kinds.text:
      return isLengths(first) && isBlocks(second) ? readText({ lengths: first, blocks: second }) : undefined
    case kinds.narrow:
      return Buffer.isBuffer(second) ? readNarrow(first, second) : undefined
    case kinds.isoDate:
      return types.isFloat64Array(first) ? readIsoDates(first) : undefined
    case kinds.date:
      return types.isFloat64Array(first) ? Array.from(first, ms => new Date(ms)) : undefined
    case kinds.dictionary:
      return Array.isArray(first) && types.isUint8Array(second) ? readDictionary(first, second) : undefined
    default:
      return undefined
  }
}

function writeNumberColumn(values: readonly unknown[]): unknown[] | undefined {
  const column = writeNumbers(values)
  return column ? [kinds.numbers, column.places, column.numbers] : writeDictionary(values, fewOf(values))
}

function writeTextColumn(values: readonly unknown[], first: string): unknown[] | undefined {
  const dates = isIsoDate(first) ? writeIsoDates(values) : undefined
  if (dates) return [kinds.isoDate, dates]
  const dictionary = writeDictionary(values, fewOf(values))
  if (dictionary) return dictionary
  const narrow = writeNarrow(values)
  if (narrow) return [kinds.narrow, narrow.length, narrow.bytes]
  if (!values.every(isNullOrWholeText)) return undefined
  const text = writeText(values)
  return text && [kinds.text, text.lengths, text.blocks]
}

function writeDateColumn(values: readonly unknown[], first: unknown): unknown[] | undefined {
  if (first === null) return writeDictionary(values, mostDistinct)
  if (!values.every(isWholeDate)) return undefined
  return [kinds.date, Float64Array.from(values as readonly Date[], date => date.getTime())]
}

/** `undefined` where there are more than `most` distinct ones, or others than text, numbers, true, false and null. */
function writeDictionary(values: readonly unknown[], most: number): unknown[] | undefined {
  const numbers = new Map<unknown, number>()
  const indexes = new Uint8Array(values.length)
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]
    let number = numbers.get(value)
    if (number === undefined) {
      if (numbers.size >= most || !isDictionaryValue(value)) return undefined
      number = numbers.size
      numbers.set(value, number)
    } else if (value === 0 && Object.is(value, -0)) return undefined
    indexes[index] = number
  }
  return [kinds.dictionary, [...numbers.keys()], indexes]
}

function readDictionary(distinct: readonly unknown[], indexes: Uint8Array): unknown[] | undefined {
  if (!distinct.every(isDictionaryValue)) return undefined
  const values = new Array<unknown>(indexes.length)
  for (let index = 0; index < indexes.length; index += 1) {
    const number = indexes[index] as number
    if (number >= distinct.length) return undefined
    values[index] = distinct[number]
  }
  return values
}

/** More than a quarter of them distinct, and looking each of them up costs more than it saves. */
function fewOf(values: readonly unknown[]): number {
  return Math.min(mostDistinct, Math.floor(values.length / 4))
}

function isDictionaryValue(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return isWholeText(value)
    case 'number':
      return !Object.is(value, -0)
    case 'object':
      return value === null
    default:
      return typeof value === 'boolean' || value === undefined
  }
}

function isNullOrWholeText(value: unknown): boolean {
  return value === null || (typeof value === 'string' && isWholeText(value))
}

function isLengths(value: unknown): value is Uint8Array | Uint32Array {
  return types.isUint8Array(value) || types.isUint32Array(value)
}

function isBlocks(value: unknown): value is Buffer[] {
  return Array.isArray(value) && value.every(block => Buffer.isBuffer(block))
}
