/** A value of every kind that cborCodec promises to bring back, or of those that jsonCodec does. */
export function randomValue(random: () => number, kinds: 'cbor' | 'json', depth = 0): unknown {
  const makers = kinds === 'json' ? jsonMakers : [...jsonMakers, ...cborMakers]
  const count = depth > 3 ? makers.length - containers(kinds) : makers.length
  const maker = pick(random, orderLeavesFirst(makers).slice(0, count))
  return maker.make(random, () => randomValue(random, kinds, depth + 1))
}

interface Maker {
  readonly container?: true
  make(random: () => number, inner: () => unknown): unknown
}

const whole = (random: () => number, below: number) => Math.floor(random() * below)
const pick = <T>(random: () => number, choices: readonly T[]): T =>
  choices[whole(random, choices.length)] as T
const listOf = (random: () => number, inner: () => unknown) => Array.from({ length: whole(random, 6) }, inner)
const names = ['a', 'constructor', 'toString', 'hasOwnProperty', 'length', '', 'ключ', '0', 'a'.repeat(70)]
const edges = [
  0,
  1,
  -1,
  23,
  24,
  -24,
  -25,
  255,
  256,
  65_535,
  65_536,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32,
  -(2 ** 32),
]
const more = [2 ** 53, -(2 ** 53), 1e300, 5e-324, 0.1, Number.MAX_VALUE]
const texts = ['', 'a', 'é', '漢字', '😀', '\u0000', 'x'.repeat(64), 'ü'.repeat(300), 'y'.repeat(70_000)]

const jsonMakers: readonly Maker[] = [
  { make: random => pick(random, [...edges, ...more]) },
  { make: random => (random() - 0.5) * 10 ** whole(random, 20) },
  { make: random => pick(random, [true, false, null]) },
  { make: random => pick(random, texts) },
  { container: true, make: listOf },
  {
    container: true,
    make: (random, inner) =>
      Object.fromEntries(listOf(random, inner).map(item => [pick(random, names), item])),
  },
]

const cborMakers: readonly Maker[] = [
  {
    make: random => pick(random, [undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
  },
  { make: random => BigInt(whole(random, 2 ** 40)) ** BigInt(whole(random, 30)) * pick(random, [1n, -1n]) },
  { make: random => new Date(pick(random, [0, -1, 1, 8.64e15, -8.64e15, whole(random, 2e12)])) },
  { make: random => Buffer.from(Array.from({ length: whole(random, 40) }, () => whole(random, 256))) },
  { make: random => new Uint8Array([1, 2, whole(random, 256)]) },
  { make: random => new Float64Array([random(), Number.NaN, -random()]) },
  { make: random => new Int16Array([whole(random, 100), -1]) },
  { make: () => new BigInt64Array([-5n, 7n]) },
  { container: true, make: (random, inner) => new Map(listOf(random, inner).map(item => [inner(), item])) },
  { container: true, make: (random, inner) => new Set(listOf(random, inner)) },
]

function containers(kinds: 'cbor' | 'json'): number {
  return (kinds === 'json' ? jsonMakers : [...jsonMakers, ...cborMakers]).filter(maker => maker.container)
    .length
}

function orderLeavesFirst(makers: readonly Maker[]): readonly Maker[] {
  return [...makers.filter(maker => !maker.container), ...makers.filter(maker => maker.container)]
}
