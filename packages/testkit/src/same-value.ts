/**
 * Equality as a reader of a decoded value would see it. A runner's own `toEqual` is no use here: jest's takes a class
 * instance for a plain object, node's a plain object of another realm for a foreign one.
 */
import { inspect } from 'node:util'

export function sameValue(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return samePrimitive(a, b)
  if (kindOf(a) !== kindOf(b)) return false
  if (ArrayBuffer.isView(a) || kindOf(a) === 'ArrayBuffer') return sameBytes(a, b)
  switch (kindOf(a)) {
    case 'Date':
    case 'Number':
    case 'String':
    case 'Boolean':
      return samePrimitive((a as { valueOf(): unknown }).valueOf(), (b as { valueOf(): unknown }).valueOf())
    case 'RegExp':
      return String(a) === String(b)
    case 'Error':
      return (a as Error).message === (b as Error).message && (a as Error).name === (b as Error).name
    case 'Array':
      return (a as unknown[]).length === (b as unknown[]).length && sameProperties(a, b)
    case 'Map':
    case 'Set':
      return sameValue([...(a as Iterable<unknown>)], [...(b as Iterable<unknown>)])
    default:
      return sameProperties(a, b)
  }
}

/** A short text that tells a value from its look-alikes. */
export function describeValue(value: unknown): string {
  return inspect(value, {
    depth: 4,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: 60,
    maxArrayLength: 10,
  })
}

/** -0 is 0 to every comparison of the language, so it may come back as 0. NaN is itself. */
function samePrimitive(a: unknown, b: unknown): boolean {
  return a === b || Object.is(a, b)
}

/** Built-ins by their tag, which holds in every realm; other objects by the name of their class. */
function kindOf(value: object): string {
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  if (tag !== 'Object') return tag
  const prototype: unknown = Object.getPrototypeOf(value)
  const maker = prototype === null ? undefined : (prototype as { constructor?: unknown }).constructor
  return typeof maker === 'function' ? maker.name : 'Object'
}

function sameBytes(a: object, b: object): boolean {
  return bytesOf(a).equals(bytesOf(b))
}

function bytesOf(value: object): Buffer {
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return Buffer.from(value as ArrayBuffer)
}

function sameProperties(a: object, b: object): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const name of names) if (!sameValue(own(a, name), own(b, name))) return false
  return true
}

function own(value: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value
}
