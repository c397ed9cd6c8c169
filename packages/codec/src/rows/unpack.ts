/**
 * Makes of what cbor-x read the value that was packed. What cbor-x read is fresh, so it is changed in place. Everything is
 * doubted: marks, numbers of shapes, lengths of columns, how deep it nests, and that nothing is left over.
 */
import { readColumn } from './columns.ts'
import { marks } from './marks.ts'
import { PoolReader } from './pool.ts'
import type { Root } from './root.ts'
import type { Shape } from './shapes.ts'

export interface UnpackRules {
  readonly maxDepth: number
  /** Called with why what was read is not a packed value. Throws. */
  refuse(reason: string): never
}

/** The value of `item`, which cbor-x read behind `root`. @throws what `refuse` throws. */
export function unpack(item: unknown, { shapes, pool, isObject }: Root, rules: UnpackRules): unknown {
  if (!Array.isArray(item)) return rules.refuse('a packed value is no array')
  const own = isObject ? (shapes[0] as Shape).names.length : 1
  const strings = new PoolReader(pool, item, own)
  const unpacker = new Unpacker(shapes, strings, rules)
  const value = isObject ? unpacker.object(item, 0, 0) : unpacker.unpack(item[0], 0)
  return item.length >= own && strings.isEmpty ? value : rules.refuse('strings are left over or missing')
}

class Unpacker {
  readonly #shapes: readonly Shape[]
  readonly #strings: PoolReader
  readonly #rules: UnpackRules

  constructor(shapes: readonly Shape[], strings: PoolReader, rules: UnpackRules) {
    this.#shapes = shapes
    this.#strings = strings
    this.#rules = rules
  }

  unpack(value: unknown, depth: number): unknown {
    if (typeof value !== 'object') return value === undefined ? this.#pooled() : value
    if (value === null) return null
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Array.prototype) return this.#marked(value as unknown[], depth)
    if (prototype === Object.prototype)
      return this.#properties(value as Record<string, unknown>, this.#enter(depth))
    return value
  }

  /** The fields of an object from `first` on. */
  object(fields: readonly unknown[], number: unknown, outer: number, first = 0): unknown {
    const { names, template } = this.#shape(number)
    const depth = this.#enter(outer)
    const object: Record<string, unknown> = { ...template }
    for (let index = 0; index < names.length; index += 1) {
      const field = fields[first + index]
      const isScalar = typeof field !== 'object' && field !== undefined
      object[names[index] as string] = isScalar ? field : this.unpack(field, depth)
    }
    return object
  }

  #marked(items: unknown[], depth: number): unknown {
    const mark = items[0]
    if (typeof mark !== 'number') return this.#rules.refuse('an array has no mark')
    if (mark > marks.array) {
      if (items.length !== this.#shape(mark - 1).names.length + 1)
        this.#rules.refuse('an object has not the fields of its shape')
      return this.object(items, mark - 1, depth, 1)
    }
    if (mark === marks.array) return this.#list(items, this.#enter(depth))
    if (mark === marks.rows) return this.#rows(items, this.#enter(depth))
    if (mark === marks.set) return new Set(this.#list(items, this.#enter(depth)))
    if (mark === marks.map) return this.#map(this.#list(items, this.#enter(depth)))
    if (mark === marks.negativeZero) return -0
    if (mark === marks.undefined) return undefined
    const [, inner] = items
    if (mark === marks.text && Buffer.isBuffer(inner)) return inner.toString()
    if (mark === marks.bare && isObject(inner)) return Object.setPrototypeOf(this.unpack(inner, depth), null)
    return this.#rules.refuse('an array has a mark that nobody writes')
  }

  #map(parts: readonly unknown[]): Map<unknown, unknown> {
    if (parts.length % 2 > 0) this.#rules.refuse('a key has no value')
    const map = new Map<unknown, unknown>()
    for (let at = 0; at < parts.length; at += 2) map.set(parts[at], parts[at + 1])
    return map
  }

  #pooled(): string {
    return this.#strings.take() ?? this.#rules.refuse('a string is not in the pool')
  }

  #list(values: unknown[], depth: number): unknown[] {
    values.shift()
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index]
      if (value === undefined || (typeof value === 'object' && value !== null))
        values[index] = this.unpack(value, depth)
    }
    return values
  }

  #properties(object: Record<string, unknown>, depth: number): unknown {
    for (const name of Object.keys(object)) object[name] = this.unpack(object[name], depth)
    return object
  }

  #rows(parts: readonly unknown[], depth: number): unknown {
    const { names, template } = this.#shape(parts[1])
    const count = parts[2]
    if (typeof count !== 'number' || parts.length !== names.length + 3)
      return this.#rules.refuse('rows have not the columns of their shape')
    this.#enter(depth)
    const unpackItem = (value: unknown) => this.unpack(value, depth + 1)
    // All columns are read before any row is made: they are what the bytes have paid for.
    const columns = names.map(
      (_, index) =>
        readColumn(parts[index + 3], count, unpackItem) ??
        this.#rules.refuse('a column is not one of its kind'),
    )
    const rows = new Array<Record<string, unknown>>(count)
    for (let index = 0; index < count; index += 1) rows[index] = { ...template }
    for (const [index, column] of columns.entries()) fill(rows, names[index] as string, column)
    return rows
  }

  #shape(number: unknown): Shape {
    const shape = typeof number === 'number' ? this.#shapes[number] : undefined
    return shape ?? this.#rules.refuse('a shape that is not there')
  }

  #enter(depth: number): number {
    if (depth < this.#rules.maxDepth) return depth + 1
    return this.#rules.refuse(`they nest deeper than ${this.#rules.maxDepth} levels`)
  }
}

function fill(rows: readonly Record<string, unknown>[], name: string, column: readonly unknown[]): void {
  for (let index = 0; index < rows.length; index += 1)
    (rows[index] as Record<string, unknown>)[name] = column[index]
}

/** Whether an object is what becomes of it: a map of CBOR, or an array that begins with a shape. */
function isObject(packed: unknown): boolean {
  if (Array.isArray(packed)) return packed[0] > marks.array
  return Object.getPrototypeOf(packed ?? 0) === Object.prototype
}
