/** Random plain data, each with a description made by other means than the code under test. */

export interface Described {
  readonly value: unknown
  /** Equal for equal content only: JSON of type and content, members of what has no order sorted. */
  readonly identity: string
}

type Random = () => number

const below = (random: Random, count: number) => Math.floor(random() * count)
const pick = <T>(random: Random, choices: readonly T[]): T => choices[below(random, choices.length)] as T
const texts = ['', 'a', 'b', '1', '0', ':', ';', 's1:a', 'd1;', 'a1:', 'é', '\ud800', '\u0000', 'length']

const plain = (value: unknown, type: string): Described => ({
  value,
  identity: JSON.stringify([type, String(value)]),
})
const textOf = (random: Random) => {
  let text = ''
  for (let count = below(random, 3); count >= 0; count -= 1) text += pick(random, texts)
  return text
}

const leaves: readonly ((random: Random) => Described)[] = [
  random => {
    const value = pick(random, [0, -0, 1, -1, 10, 1.5, Number.NaN, Infinity, random(), below(random, 1_000)])
    return { value, identity: JSON.stringify(['number', Object.is(value, -0) ? '-0' : String(value)]) }
  },
  random => {
    const value = textOf(random)
    return { value, identity: JSON.stringify(['string', value]) }
  },
  random => plain(pick(random, [true, false, null, undefined]), 'word'),
  random => plain(BigInt(below(random, 100)), 'bigint'),
  random => {
    const value = new Date(below(random, 100))
    return { value, identity: JSON.stringify(['date', value.getTime()]) }
  },
  random => {
    const value = Uint8Array.from({ length: below(random, 3) }, () => below(random, 3))
    const asBuffer = random() < 0.5
    const identity = JSON.stringify([asBuffer ? 'buffer' : 'bytes', [...value]])
    return { value: asBuffer ? Buffer.from(value) : value, identity }
  },
]

const branches: readonly ((random: Random, depth: number) => Described)[] = [
  (random, depth) => {
    const members = severalOf(random, depth)
    const identity = JSON.stringify(['array', members.map(member => member.identity)])
    return { value: members.map(member => member.value), identity }
  },
  (random, depth) => {
    const members = new Map(severalOf(random, depth).map(member => [textOf(random), member]))
    const identity = [...members].map(([name, member]) => JSON.stringify([name, member.identity])).sort()
    const value = Object.fromEntries([...members].map(([name, member]) => [name, member.value]))
    return { value, identity: JSON.stringify(['object', identity]) }
  },
  (random, depth) => {
    const members = new Map(severalOf(random, depth).map(member => [member.identity, member.value]))
    return { value: setOf(members), identity: JSON.stringify(['set', [...members.keys()].sort()]) }
  },
  (random, depth) => {
    const members = severalOf(random, depth).map(member => [textOf(random), member] as const)
    const identity = [...new Map(members)]
      .map(([key, member]) => JSON.stringify([key, member.identity]))
      .sort()
    const value = new Map(members.map(([key, member]) => [key, member.value]))
    return { value, identity: JSON.stringify(['map', identity]) }
  },
]

/** Of a 0 and a -0 a Set keeps one 0: left out, so that the identity stays that of what is inside. */
function setOf(members: Map<string, unknown>): Set<unknown> {
  for (const [identity, value] of members) if (Object.is(value, -0)) members.delete(identity)
  return new Set(members.values())
}

function severalOf(random: Random, depth: number): Described[] {
  return Array.from({ length: below(random, 4) }, () => anyValue(random, depth - 1))
}

export function anyValue(random: Random, depth = 4): Described {
  if (depth === 0 || random() < 0.3) return pick(random, leaves)(random)
  return pick(random, branches)(random, depth)
}

/** The same content: copies throughout, in another order wherever order is no content. */
export function reordered(value: unknown, random: Random): unknown {
  const shuffled = <T>(members: Iterable<T>): T[] => {
    const left = [...members]
    const drawn: T[] = []
    while (left.length > 0) drawn.push(...left.splice(below(random, left.length), 1))
    return drawn
  }
  if (Array.isArray(value)) return value.map(member => reordered(member, random))
  if (value instanceof Set) return new Set(shuffled(value).map(member => reordered(member, random)))
  if (value instanceof Map)
    return new Map(shuffled(value).map(([key, held]) => [key, reordered(held, random)]))
  if (value instanceof Date || value instanceof Uint8Array || typeof value !== 'object' || value === null)
    return value
  const entries = shuffled(Object.entries(value)).map(
    ([name, held]) => [name, reordered(held, random)] as const,
  )
  return Object.fromEntries(entries)
}
