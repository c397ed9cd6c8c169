/**
 * Makes of a value what cbor-x writes small and reads fast, in one walk that also refuses what could not come back:
 * objects become arrays of values behind the number of their shape, and arrays of objects of one shape become columns.
 * cbor-x by itself writes the names with every object; its own records would not, but are read by code that it builds
 * from names in the data. Rejected: columns for fewer than 8 rows (reading a column costs a part of a microsecond by
 * itself), and compressing instead (ten times slower, and the names still have to be read).
 */
import { isWellFormed, isWholeText, mostContainers, type Verdict } from '../value-check.ts'
import { writeColumn } from './columns.ts'
import { deepestPacked, marks } from './marks.ts'
import { PoolWriter } from './pool.ts'
import { beginOfAny } from './root.ts'
import { ShapeTable, sameNames } from './shapes.ts'

/** Fewest objects of one shape that are written as columns. */
const fewestRows = 8

export interface PackRules {
  readonly maxDepth: number
  /** Most values inside each other; a value that refers to itself many times over is larger than this. */
  readonly maxItems: number
  judge(value: unknown): Verdict
  /** Why a property may not be named so; `undefined` if it may. */
  judgeName(name: string): string | undefined
}

/** Thrown at what cannot be written, without saying what: a second walk, which keeps its path, finds that out. */
export const unpackable: Error = new Error('cannot be written')

export interface Packed {
  /** What cbor-x shall write. */
  readonly item: unknown
  /** What goes before it, in the place of its first byte. */
  readonly prefix: Buffer | undefined
}

/** How to write `value`; nothing of the caller's is changed. @throws `unpackable` */
export function pack(value: unknown, rules: PackRules): Packed {
  if (typeof value === 'string' && isWholeText(value)) return { item: value, prefix: undefined }
  const packer = new Packer(rules)
  const item = packer.pack(value, 0)
  if (item !== undefined && !isContainer(item)) return { item, prefix: undefined }
  const { shapes, pool } = packer
  const prefix = Array.isArray(item) && item[0] > marks.array ? shapes.beginOfOne : undefined
  const last = prefix ? (item as unknown[]) : [item]
  // The shape is known: it is the only one.
  if (prefix) last.shift()
  for (const length of pool.lengths) last.push(length)
  if (prefix) return { item: [pool.text, last], prefix }
  return { item: [shapes.text, pool.text, last], prefix: beginOfAny }
}

function isContainer(item: unknown): boolean {
  return Array.isArray(item) || isOrdinary(item)
}

class Packer {
  readonly shapes = new ShapeTable()
  readonly pool = new PoolWriter()
  readonly #rules: PackRules
  #items = 0
  #containers = 0

  constructor(rules: PackRules) {
    this.#rules = rules
  }

  pack(value: unknown, depth: number): unknown {
    this.#count(1)
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'number':
        return Object.is(value, -0) ? [marks.negativeZero] : value
      case 'boolean':
        return value
      case 'undefined':
        return [marks.undefined]
      default:
        return value === null ? null : this.#judged(value, depth)
    }
  }

  #text(text: string): unknown {
    if (!isWellFormed(text)) throw unpackable
    if (this.pool.take(text)) return undefined
    return isWholeText(text) ? text : [marks.text, Buffer.from(text)]
  }

  #judged(value: unknown, depth: number): unknown {
    const verdict = this.#rules.judge(value)
    if (verdict === 'whole') return value
    this.#containers += 1
    const isTooMuch = depth >= this.#rules.maxDepth || this.#containers > mostContainers
    if (typeof verdict === 'object' || isTooMuch) throw unpackable
    if (verdict === 'object') return this.#object(value as Record<string, unknown>, depth + 1)
    if (verdict === 'array') return this.#array(value as unknown[], depth + 1)
    if (verdict === 'set') return this.#list([...(value as Set<unknown>)], depth + 1, [marks.set])
    return this.#list([...(value as Map<unknown, unknown>)].flat(), depth + 1, [marks.map])
  }

  #object(object: Record<string, unknown>, depth: number): unknown {
    const names = Object.keys(object)
    const shape = depth < deepestPacked ? this.shapes.indexOf(names) : -1
    const packed = shape < 0 ? this.#map(object, names, depth) : this.#fields(object, [shape, names, depth])
    return Object.getPrototypeOf(object) === null ? [marks.bare, packed] : packed
  }

  #map(object: Record<string, unknown>, names: readonly string[], depth: number): unknown {
    const packed: Record<string, unknown> = {}
    for (const name of names) {
      if (this.#rules.judgeName(name) !== undefined) throw unpackable
      packed[name] = this.pack(object[name], depth)
    }
    return packed
  }

  #fields(
    object: Record<string, unknown>,
    [shape, names, depth]: readonly [number, readonly string[], number],
  ): unknown {
    const values = Object.values(object)
    if (values.length !== names.length) throw unpackable
    const fields = new Array<unknown>(names.length + 1)
    fields[0] = shape + 1
    for (let index = 0; index < values.length; index += 1) fields[index + 1] = this.pack(values[index], depth)
    return fields
  }

  #array(array: readonly unknown[], depth: number): unknown {
    const isLong = array.length >= fewestRows && depth < deepestPacked
    return (isLong ? this.#rows(array, depth) : undefined) ?? this.#list(array, depth, [marks.array])
  }

  /** Behind what `packed` begins with. */
  #list(values: readonly unknown[], depth: number, packed: unknown[]): unknown[] {
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index]
      if (value === undefined && !(index in values)) throw unpackable
      packed.push(this.pack(value, depth))
    }
    return packed
  }

  /** `undefined` where not all are plain objects with the names of the first one. */
  #rows(rows: readonly unknown[], depth: number): unknown {
    const names = this.#namesOfAll(rows)
    const shape = names ? this.shapes.indexOf(names) : -1
    if (!names || shape < 0 || depth >= this.#rules.maxDepth) return undefined
    this.#count(rows.length * names.length)
    const packed: unknown[] = [marks.rows, shape, rows.length]
    const packItem = (value: unknown) => this.pack(value, depth + 1)
    for (const name of names) {
      const column = (rows as readonly Record<string, unknown>[]).map(row => row[name])
      packed.push(writeColumn(column, packItem))
    }
    return packed
  }

  #namesOfAll(rows: readonly unknown[]): readonly string[] | undefined {
    const names = isOrdinary(rows[0]) ? Object.keys(rows[0]) : []
    const alike = (row: unknown) =>
      isOrdinary(row) && sameNames(Object.keys(row), names) && this.#rules.judge(row) === 'object'
    return names.length > 0 && rows.every(alike) ? names : undefined
  }

  #count(items: number): void {
    this.#items += items
    if (this.#items > this.#rules.maxItems) throw unpackable
  }
}

function isOrdinary(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
