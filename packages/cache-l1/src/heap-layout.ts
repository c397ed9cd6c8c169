/**
 * What V8 spends on one object, in bytes, without what it refers to. Layouts of V8 11 (Node 20) on 64 bits without
 * pointer compression: a field is 8 bytes, and every object begins with its hidden class, which all of the same shape
 * share. The test of `sizeOf` holds them against the real heap of the Node it runs on.
 */
import { types } from 'node:util'

export const field = 8

/** A boxed number: one that is no small integer, outside arrays of numbers alone. */
const boxed = 16

/** Hidden class, properties, elements. */
const header = 24

/** A list of fields begins with its hidden class and length. */
const listHeader = 16

/** Places a `{}` is born with, to be filled by assignments. */
const emptyPlaces = 4

/** From so many named properties on, an object is a hash table. */
const dictionaryFrom = 128

/** Views of at most so many bytes may hold them in the heap. */
const heapView = 64

/** Fields of a typed array or DataView, and those of the ArrayBuffer that comes with it. */
const view = 96
const arrayBuffer = 88

const isTwoByte = /[\u0100-\uffff]/

/**
 * Strings are one byte a character where all characters are Latin-1, else two. The pattern is compiled for both: on a
 * string of one byte a character it cannot match, which V8 knows without looking.
 */
export function stringBytes(value: string): number {
  const { length } = value
  if (length < 2 && !isTwoByte.test(value)) return 0
  return (listHeader + (isTwoByte.test(value) ? 2 * length : length) + 7) & ~7
}

export function numberBytes(value: number): number {
  return value === (value | 0) && !Object.is(value, -0) ? 0 : boxed
}

export function bigintBytes(value: bigint): number {
  const digit = 64
  if (BigInt.asIntN(digit, value) === value) return listHeader + field
  return listHeader + field * Math.ceil((value < 0n ? -value : value).toString(16).length / 16)
}

/** An object of `named` properties, and `indexed` ones, whose names are whole numbers up to `highest`. */
export function objectBytes(named: number, indexed: number, highest: number): number {
  const elements = indexed === 0 ? 0 : elementsBytes(indexed, highest)
  if (named >= dictionaryFrom) return header + emptyPlaces * field + tableBytes(named) + elements
  return header + field * (named === 0 ? emptyPlaces : named) + elements
}

/** V8 leaves the list for a table where that takes a third of the room at most. */
function elementsBytes(count: number, highest: number): number {
  const list = listHeader + field * (highest + 1)
  const table = tableBytes(count)
  return list > 3 * table ? table : list
}

/** Three fields an entry, room for half as many again, in powers of two. */
function tableBytes(count: number): number {
  return listHeader + 40 + 3 * field * powerOfTwo(count + (count >> 1))
}

/** With its list of `length` places; 0 for an array that has none. */
export function arrayBytes(length: number): number {
  return header + field + (length === 0 ? 0 : listHeader + field * length)
}

/** Map and Set: hash buckets for half the capacity, and a chain link beside each entry of `width` fields. */
export function collectionBytes(count: number, width: 1 | 2): number {
  const capacity = Math.max(4, powerOfTwo(count))
  return header + field + listHeader + field * (3 + capacity / 2 + capacity * (width + 1))
}

function powerOfTwo(least: number): number {
  let power = 2
  while (power < least) power *= 2
  return power
}

/** Bytes of a view, and the ArrayBuffer they are in if that is to be sized on its own. */
export interface ViewLayout {
  readonly bytes: number
  readonly buffer: object | undefined
}

const prototype: object = Object.getPrototypeOf(Uint8Array.prototype)
const getterOf = (holder: object, name: string) => Object.getOwnPropertyDescriptor(holder, name)?.get
const typed = { length: getterOf(prototype, 'byteLength'), offset: getterOf(prototype, 'byteOffset') }
const bufferOf = { typed: getterOf(prototype, 'buffer'), data: getterOf(DataView.prototype, 'buffer') }
const sharedLength = getterOf(SharedArrayBuffer.prototype, 'byteLength')
const plainLength = getterOf(ArrayBuffer.prototype, 'byteLength')

/**
 * A view keeps all of its ArrayBuffer alive. Of the pool that small Buffers are cut from each counts its own cut, as
 * its neighbours count theirs. The buffer of a small view is not asked for: that would move it out of the heap.
 */
export function viewLayout(value: ArrayBufferView): ViewLayout {
  if (types.isDataView(value)) return { bytes: 80, buffer: bufferOf.data?.call(value) }
  const length: number = typed.length?.call(value) ?? 0
  const offset: number = typed.offset?.call(value) ?? 0
  if (length <= heapView && offset === 0)
    return {
      bytes: view + arrayBuffer + (length === 0 ? 0 : listHeader + ((length + 7) & ~7)),
      buffer: undefined,
    }
  const buffer: object = bufferOf.typed?.call(value)
  const isPooled = Buffer.isBuffer(value) && bufferBytes(buffer) === arrayBuffer + Buffer.poolSize
  return isPooled ? { bytes: view + ((length + 7) & ~7), buffer: undefined } : { bytes: view, buffer }
}

export function bufferBytes(value: object): number {
  const length = types.isSharedArrayBuffer(value) ? sharedLength : plainLength
  return arrayBuffer + ((length?.call(value) + 7) & ~7)
}
