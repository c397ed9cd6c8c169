/**
 * Shapes: the names of an object's properties in their order, written once for all objects that have them. The names of
 * one are joined by a character that no name of a shape has, and the shapes by another. What is not fit to be a shape is
 * written as an ordinary map of CBOR. Shapes met lately are remembered by identity of names in writing, and by their bytes
 * in reading: joining, hashing or decoding the names of a small object costs more than all its values.
 */
import { isWholeText } from '../value-check.ts'
import { beginOfObject } from './root.ts'

const betweenNames = '\u0000'
const betweenShapes = '\u0001'
const mostNames = 64
/** What untrusted bytes may ask to have prepared for one value. */
const mostShapes = 256
const longestShape = 2048
/** Shapes that are remembered, either way. */
const mostKept = 256
/** Longest bytes of shapes that are remembered. */
const longestKept = 1024

export interface Shape {
  readonly names: readonly string[]
  /** Copied for each object, so that all of them have one hidden class and their properties inside. */
  readonly template: Readonly<Record<string, unknown>>
}

/** Names that are whole numbers come first in every object, whatever the order they were set in. */
const wholeNumber = /^\d+$/

/** A shape met in writing. */
interface Known {
  readonly names: readonly string[]
  /** Its names joined; `undefined` if they are not fit to be a shape. */
  readonly text: string | undefined
  /** The table that it was last in, and where. */
  owner: ShapeTable | undefined
  index: number
  /** What stands before the fields of a value that is one object of this shape. */
  begin: Buffer | undefined
}

/** By the first name. */
const known = new Map<string, Known[]>()
let knownCount = 0

/** The shapes of one value while it is packed. */
export class ShapeTable {
  readonly #texts: string[] = []
  #last: Known | undefined

  /** The number of the shape with these names; -1 where they are not fit to be one. */
  indexOf(names: readonly string[]): number {
    const last = this.#last
    // A getter that encodes another value meanwhile takes shapes over.
    if (last?.owner === this && sameNames(names, last.names)) return last.index
    const shape = lookUp(names)
    if (shape?.text === undefined) return -1
    if (shape.owner !== this) {
      if (this.#texts.length >= mostShapes) return -1
      shape.owner = this
      shape.index = this.#texts.push(shape.text) - 1
    }
    this.#last = shape
    return shape.index
  }

  /** What stands before the fields of the value where it is an object of the only shape there is. */
  get beginOfOne(): Buffer | undefined {
    const last = this.#last
    if (this.#texts.length !== 1 || last?.text === undefined) return undefined
    last.begin ??= beginOfObject(last.text)
    return last.begin
  }

  get text(): string {
    return this.#texts.length === 1 ? (this.#texts[0] as string) : this.#texts.join(betweenShapes)
  }
}

function lookUp(names: readonly string[]): Known | undefined {
  const first = names[0]
  if (first === undefined || names.length > mostNames) return undefined
  const candidates = known.get(first) ?? []
  const found = candidates.find(candidate => sameNames(candidate.names, names))
  if (found) return found
  const text = names.join(betweenNames)
  if (text.length > longestShape) return undefined
  const shape = {
    names,
    text: names.every(isFitName) ? text : undefined,
    owner: undefined,
    index: -1,
    begin: undefined,
  }
  if (knownCount >= mostKept) {
    known.clear()
    knownCount = 0
  }
  known.set(first, [...(known.get(first) ?? []), shape])
  knownCount += 1
  return shape
}

/** Bytes of shapes that were read lately, each in the one place that they may have. */
const read: ({ readonly bytes: Buffer; readonly shapes: readonly Shape[] } | undefined)[] = new Array(
  mostKept,
)

/** The shapes that were written as the bytes from `start` to `end`; `undefined` if none were. */
export function readShapes(source: Buffer, start: number, end: number): readonly Shape[] | undefined {
  const length = end - start
  if (length > longestKept) return parseShapes(source.toString('utf8', start, end))
  const place = placeOf(source, start, length)
  const kept = read[place]
  if (kept && sameBytes(kept.bytes, source, start, length)) return kept.shapes
  const shapes = parseShapes(source.toString('utf8', start, end))
  if (shapes) read[place] = { bytes: Buffer.from(source.subarray(start, end)), shapes }
  return shapes
}

function placeOf(source: Buffer, start: number, length: number): number {
  let sum = length
  // A few bytes tell most shapes apart.
  for (let at = start; at < start + length; at += 1 + (length >> 3)) sum = sum * 31 + (source[at] as number)
  return (sum >>> 0) % mostKept
}

function sameBytes(kept: Buffer, source: Buffer, start: number, length: number): boolean {
  if (kept.length !== length) return false
  for (let at = 0; at < length; at += 1) if (kept[at] !== source[start + at]) return false
  return true
}

function parseShapes(text: string): readonly Shape[] | undefined {
  const parts = text === '' ? [] : text.split(betweenShapes, mostShapes + 1)
  if (parts.length > mostShapes) return undefined
  const shapes: Shape[] = []
  for (const part of parts) {
    const names = part.split(betweenNames, mostNames + 1)
    if (names.length > mostNames || !names.every(isFitName) || new Set(names).size < names.length)
      return undefined
    shapes.push({ names, template: templateOf(names) })
  }
  return shapes
}

export function sameNames(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false
  return true
}

function isFitName(name: string): boolean {
  if (name === '' || name === '__proto__' || wholeNumber.test(name)) return false
  return isWholeText(name) && !name.includes(betweenNames) && !name.includes(betweenShapes)
}

/** `JSON.parse` makes objects with room for just their properties, where setting them one by one does not. */
function templateOf(names: readonly string[]): Record<string, unknown> {
  const text = names.map(name => `${JSON.stringify(name)}:null`).join(',')
  return JSON.parse(`{${text}}`) as Record<string, unknown>
}
