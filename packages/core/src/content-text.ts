/**
 * Plain data as one canonical text: equal content gives equal text, different content never does. Every value opens
 * with a letter for its type and is either as long as that says, closed by `;`, or counted before it begins (strings,
 * bytes, members): texts can stand behind one another without a separator that data could contain. What must not
 * matter is put in order first: the properties of an object, the members of a Set, the entries of a Map.
 *
 * Where JavaScript is finer than content, the text is as fine as JavaScript: 1, '1', 1n and true differ, so do 0 and
 * -0, undefined and null and absent, a hole and undefined, a Buffer and a Uint8Array. NaN equals itself. Only
 * objects with and without a prototype are alike, as are two strings of the same UTF-16 units.
 *
 * Rejected: JSON (drops undefined, functions and holes, merges -0, NaN and dates with others), `v8.serialize` (keeps
 * the order of properties; its format changes with V8), and skipping what has no content: that merges two calls.
 */
import { types } from 'node:util'
import { InvalidArgumentError } from './error.ts'

/** Deepest nesting; far below where the stack ends. */
const deepest = 500

/** Longest text: data that is larger, or that shares its parts so often that it unfolds to more, is refused. */
const longest = 2 ** 26

/** The way to where the walk is: told when something is refused, and searched for cycles. */
interface Place {
  readonly parent: Place | undefined
  readonly holder: object
  readonly depth: number
  /** Name or index of the member being walked; -1 in a Set or Map. */
  step: string | number
}

/**
 * The parts as one text that no other parts have. It holds the values themselves, is as long as they are, and may
 * change with a version of this package: a key for the memory of a process. Elsewhere use `contentKey`.
 * @throws InvalidArgumentError for what has no content: the same as `contentKey`.
 */
export function contentText(parts: readonly unknown[]): string {
  const place: Place = { parent: undefined, holder: parts, depth: 0, step: '' }
  let text = ''
  for (let index = 0; index < parts.length; index += 1) {
    place.step = index
    text += textOf(parts[index], place)
  }
  return text
}

function textOf(value: unknown, place: Place): string {
  switch (typeof value) {
    case 'string':
      return stringText(value)
    case 'number':
      return Object.is(value, -0) ? 'd-0;' : `d${value};`
    case 'boolean':
      return value ? 't' : 'f'
    case 'undefined':
      return 'u'
    case 'bigint':
      return `i${value};`
    case 'object':
      return value === null ? 'n' : objectText(value, place)
    default:
      return refuse(place, `content, which a ${typeof value} has not: pass a name for it instead`, value)
  }
}

function stringText(value: string): string {
  return `s${value.length}:${value}`
}

function objectText(value: object, parent: Place): string {
  const place: Place = { parent, holder: value, depth: parent.depth + 1, step: '' }
  if (place.depth > deepest)
    return refuse(parent, `nested at most ${deepest} deep: pass a digest of it`, value)
  for (let above: Place | undefined = parent; above !== undefined; above = above.parent)
    if (above.holder === value)
      return refuse(parent, 'free of cycles: pass what identifies it, such as its id', value)
  const text = formOf(value, place)
  if (text.length > longest)
    return refuse(parent, `at most ${longest} characters of content: pass a digest`, value)
  return text
}

function formOf(value: object, place: Place): string {
  if (isPlainObject(value)) return membersText('o', value, place)
  if (Array.isArray(value) && isPlainArray(value)) return arrayText(value, place)
  const text =
    ArrayBuffer.isView(value) || types.isArrayBuffer(value) ? bytesText(value) : builtInText(value, place)
  if (text !== undefined) return text
  const instead = 'pass what identifies it, such as its id, text or href'
  return refuse(place.parent ?? place, `plain data, not an instance of a class: ${instead}`, value)
}

/** Of this realm or another; one that inherits anything of its own would hide that. */
function isPlainObject(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

function isPlainArray(value: object): boolean {
  return Object.getPrototypeOf(value) === Array.prototype || inherits(value, 2)
}

/** Whether `value` has that many prototypes: a built-in of any realm, but no subclass of it. */
function inherits(value: object, count: number): boolean {
  let left = count
  for (let at: object | null = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at))
    left -= 1
  return left === 0
}

/** Enumerable properties by name; a getter is read, as the callee would read it. */
function membersText(opening: string, value: object, place: Place): string {
  refuseSymbols(value, place)
  const names = Object.keys(value).sort()
  let text = `${opening}${names.length}:`
  for (const name of names) {
    place.step = name
    text += stringText(name) + textOf((value as Record<string, unknown>)[name], place)
  }
  return text
}

function arrayText(value: readonly unknown[], place: Place): string {
  const names = Object.keys(value)
  const isDense = names.length === value.length && (names.at(-1) ?? '-1') === String(value.length - 1)
  if (!isDense) return membersText(`h${value.length}:`, value, place)
  refuseSymbols(value, place)
  let text = `a${value.length}:`
  for (let index = 0; index < value.length; index += 1) {
    place.step = index
    text += textOf(value[index], place)
  }
  return text
}

/** Kind, length and one character a byte. Bytes are in the order of the machine, least first on all common ones. */
function bytesText(value: ArrayBufferView | ArrayBuffer): string | undefined {
  const isView = ArrayBuffer.isView(value)
  const kind = isView ? kindOf(value) : inherits(value, 2) ? 'ArrayBuffer' : undefined
  if (kind === undefined) return undefined
  const bytes = isView ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(value)
  return `b${kind}:${bytes.length}:${bytes.toString('latin1')}`
}

function kindOf(value: ArrayBufferView): string | undefined {
  if (Buffer.isBuffer(value)) return inherits(value, 4) ? 'Buffer' : undefined
  const kind: unknown = Reflect.get(value, Symbol.toStringTag)
  return inherits(value, types.isDataView(value) ? 2 : 3) ? String(kind) : undefined
}

function builtInText(value: object, place: Place): string | undefined {
  const tests = [types.isDate, types.isRegExp, types.isSet, types.isMap]
  if (!tests.some(test => test(value)) || !inherits(value, 2) || Object.keys(value).length > 0)
    return undefined
  refuseSymbols(value, place)
  if (types.isDate(value)) return dateText(value, place)
  if (types.isRegExp(value))
    return `r${stringText(value.source)}${stringText(value.flags)}${textOf(value.lastIndex, place)}`
  place.step = -1
  if (types.isSet(value)) return sortedText('S', [...value], member => textOf(member, place))
  if (types.isMap(value))
    return sortedText('M', [...value], ([key, held]) => textOf(key, place) + textOf(held, place))
  return undefined
}

function dateText(value: Date, place: Place): string {
  const time = value.getTime()
  if (Number.isNaN(time))
    return refuse(place.parent ?? place, 'a valid date: check it before the call', value)
  return `D${time};`
}

function sortedText<Member>(opening: string, members: Member[], text: (member: Member) => string): string {
  return `${opening}${members.length}:${members.map(text).sort().join('')}`
}

function refuseSymbols(value: object, place: Place): void {
  const symbols = Object.getOwnPropertySymbols(value)
  if (symbols.length > 0)
    refuse(place.parent ?? place, 'free of properties named by symbols: leave them out', value)
}

function refuse(place: Place, expected: string, value: unknown): never {
  let way = ''
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) way = stepText(at.step) + way
  throw new InvalidArgumentError(`parts${way}`, expected, value)
}

/** Names that are no identifiers may be data, which no message shows. */
function stepText(step: string | number): string {
  if (typeof step === 'number') return step === -1 ? '[member]' : `[${step}]`
  return /^[A-Za-z_$][\w$]{0,39}$/.test(step) ? `.${step}` : '[…]'
}
