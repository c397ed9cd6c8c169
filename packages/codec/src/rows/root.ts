/** What stands before the value in packed bytes. */
import { rootTags } from './marks.ts'
import { readShapes, type Shape } from './shapes.ts'

export interface Root {
  readonly shapes: readonly Shape[]
  readonly pool: string
  /** Where the array of the value begins. */
  readonly start: number
  /** Whether that array has the fields of one object. */
  readonly isObject: boolean
}

const twoByteTag = 0xd9
const arrayOfThree = 0x83
const tagBytes = 4
const [textHead, textHead8, textHead16, textHead32] = [0x60, 0x78, 0x79, 0x7a]

/** What packed bytes of any value begin with. */
export const beginOfAny: Buffer = beginOf(rootTags.any)

/** What the bytes of an object of the one shape `names` begin with: all that stands before the pool. */
export function beginOfObject(names: string): Buffer {
  const text = Buffer.from(names)
  const head =
    text.length < 0x100 ? [textHead8, text.length] : [textHead16, text.length >> 8, text.length & 0xff]
  return Buffer.concat([beginOf(rootTags.object), Buffer.from(head), text])
}

function beginOf(tag: number): Buffer {
  return Buffer.from([twoByteTag, tag >> 8, tag & 0xff, arrayOfThree])
}

/** `undefined` if the bytes are no packed value, and `'damaged'` if they begin like one. */
export function readRoot(bytes: Buffer): Root | 'damaged' | undefined {
  if (bytes[0] !== twoByteTag || bytes[1] !== rootTags.any >> 8 || bytes[3] !== arrayOfThree) return undefined
  const isObject = bytes[2] === (rootTags.object & 0xff)
  if (!isObject && bytes[2] !== (rootTags.any & 0xff)) return undefined
  const names = readHead(bytes, tagBytes)
  const pool = names && readHead(bytes, names.end)
  if (!pool) return 'damaged'
  const shapes = readShapes(bytes, names.start, names.end)
  if (!shapes || (isObject && shapes.length !== 1)) return 'damaged'
  const text = pool.start === pool.end ? '' : bytes.toString('utf8', pool.start, pool.end)
  return { shapes, pool: text, start: pool.end, isObject }
}

/** Where a text lies whose head is at `at`. */
function readHead(bytes: Buffer, at: number): { readonly start: number; readonly end: number } | undefined {
  const head = bytes[at] ?? 0
  let [start, length] = [at + 1, head - textHead]
  if (head === textHead8) {
    start = at + 2
    length = bytes[at + 1] ?? 0
  } else if (head === textHead16 || head === textHead32) {
    const size = head === textHead16 ? 2 : 4
    if (bytes.length < start + size) return undefined
    length = bytes.readUIntBE(start, size)
    start += size
  } else if (length < 0 || length >= 24) return undefined
  return length <= bytes.length - start ? { start, end: start + length } : undefined
}
