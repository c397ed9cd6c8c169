/** Columns of numbers as typed arrays: whole ones as narrow as they fit, and decimals as whole ones over a power of ten. */
import { types } from 'node:util'

export type Numbers = Uint8Array | Int16Array | Int32Array | Float64Array

/** Powers of ten by the number of decimal places. */
const tens = [1, 10, 100, 1000, 10_000]

export interface NumberColumn {
  /** Decimal places: each number is divided by as many tens. */
  readonly places: number
  readonly numbers: Numbers
}

/** `undefined` where not all are numbers. */
export function writeNumbers(values: readonly unknown[]): NumberColumn | undefined {
  for (const value of values) if (typeof value !== 'number') return undefined
  const given = values as readonly number[]
  for (let places = 0; places < tens.length; places += 1) {
    const whole = scaled(given, tens[places] as number)
    if (whole) return { places, numbers: narrowest(whole) }
  }
  return { places: 0, numbers: Float64Array.from(given) }
}

/** The numbers; `undefined` if they could not have been written. */
export function readNumbers(places: unknown, numbers: unknown): number[] | undefined {
  const ten = typeof places === 'number' ? tens[places] : undefined
  if (ten === undefined || !isNumbers(numbers)) return undefined
  const read = new Array<number>(numbers.length)
  for (let index = 0; index < numbers.length; index += 1) read[index] = (numbers[index] as number) / ten
  return read
}

function isNumbers(value: unknown): value is Numbers {
  return (
    types.isFloat64Array(value) ||
    types.isUint8Array(value) ||
    types.isInt16Array(value) ||
    types.isInt32Array(value)
  )
}

/** `given` times `ten`, if these are whole numbers from which exactly `given` comes back. */
function scaled(given: readonly number[], ten: number): Int32Array | undefined {
  const whole = new Int32Array(given.length)
  for (let index = 0; index < given.length; index += 1) {
    const value = given[index] as number
    // What does not fit in 32 bits, NaN and -0 do not come back from here either.
    const times = Math.round(value * ten) | 0
    if (!Object.is(times / ten, value)) return undefined
    whole[index] = times
  }
  return whole
}

function narrowest(whole: Int32Array): Numbers {
  let [least, most] = [0, 0]
  for (const value of whole) {
    if (value < least) least = value
    if (value > most) most = value
  }
  if (least >= 0 && most <= 0xff) return Uint8Array.from(whole)
  return least >= -0x8000 && most <= 0x7fff ? Int16Array.from(whole) : whole
}
