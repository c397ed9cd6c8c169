/**
 * Dates in the spelling of `toISOString`, 24 characters, as ms since the epoch and back. Both ways by arithmetic on the
 * proleptic Gregorian calendar: `Date` takes ten times as long. A text that `toISOString` would not have written, such as
 * one with an hour 24, is none.
 */
import { blockCharacters } from './text-blocks.ts'

const textLength = 24
const dayMs = 86_400_000
/** 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z: others are spelt in 27 characters. */
const [earliest, latest] = [-62_167_219_200_000, 253_402_300_799_999]
const pattern = Buffer.from('0000-00-00T00:00:00.000Z')
const [zero, dash, letterT, colon, dot, letterZ] = [0x30, 0x2d, 0x54, 0x3a, 0x2e, 0x5a]
const textsOfBlock = Math.floor(blockCharacters / textLength)
/** Cut into texts before anyone else writes here: nothing waits in between. Written by four characters at once. */
const block = Buffer.allocUnsafeSlow(textsOfBlock * textLength)
const words = new DataView(block.buffer, block.byteOffset, block.length)
const daysInMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Whether `toISOString` would have written it, in 24 characters. */
export function isIsoDate(text: string): boolean {
  return !Number.isNaN(parseIsoDate(text))
}

/** null as NaN; `undefined` where not all are null or such dates. */
export function writeIsoDates(values: readonly unknown[]): Float64Array | undefined {
  const dates = new Float64Array(values.length)
  for (let index = 0; index < values.length; index += 1) {
    const text = values[index]
    const date = typeof text === 'string' ? parseIsoDate(text) : Number.NaN
    if (Number.isNaN(date) && text !== null) return undefined
    dates[index] = date
  }
  return dates
}

/** The texts, null for NaN; `undefined` if one of the numbers has none of 24 characters. */
export function readIsoDates(dates: ArrayLike<number>): (string | null)[] | undefined {
  const texts: (string | null)[] | undefined = textsOf(dates)
  for (let index = 0; texts && index < dates.length; index += 1)
    if (Number.isNaN(dates[index])) texts[index] = null
  return texts
}

function textsOf(dates: ArrayLike<number>): string[] | undefined {
  const texts = new Array<string>(dates.length)
  for (let start = 0; start < dates.length; start += textsOfBlock) {
    const end = Math.min(start + textsOfBlock, dates.length)
    for (let index = start; index < end; index += 1)
      if (!writeDate(dates[index] as number, (index - start) * textLength)) return undefined
    const whole = block.toString('latin1', 0, (end - start) * textLength)
    for (let index = start; index < end; index += 1)
      texts[index] = whole.substring((index - start) * textLength, (index - start + 1) * textLength)
  }
  return texts
}

/** ms since the epoch; NaN for what `toISOString` would not have written. */
function parseIsoDate(text: string): number {
  if (text.length !== textLength) return Number.NaN
  for (let place = 0; place < textLength; place += 1) {
    const [is, due] = [text.charCodeAt(place), pattern[place] as number]
    if (due === zero ? is < zero || is > zero + 9 : is !== due) return Number.NaN
  }
  const [year, month, day] = [number(text, 0, 4), number(text, 5, 2), number(text, 8, 2)]
  const [hour, minute, second] = [number(text, 11, 2), number(text, 14, 2), number(text, 17, 2)]
  if (day < 1 || day > (daysInMonth[month - 1] ?? 0) || hour > 23 || minute > 59 || second > 59)
    return Number.NaN
  if (month === 2 && day === 29 && !isLeap(year)) return Number.NaN
  const time = ((hour * 60 + minute) * 60 + second) * 1000 + number(text, 20, 3)
  return dayOf(year, month, day) * dayMs + time
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** Days since the epoch, by years that begin in March: the day that varies is then the last one. */
function dayOf(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** Whether it has a text of 24 characters, or is none at all. */
function writeDate(date: number, at: number): boolean {
  if (Number.isNaN(date)) return true
  if (!(date >= earliest && date <= latest) || !Number.isInteger(date)) return false
  const day = Math.floor(date / dayMs)
  const time = date - day * dayMs
  const seconds = (time / 1000) | 0
  const minutes = (seconds / 60) | 0
  const hours = (minutes / 60) | 0
  const ofMonth = writeMonth(day, at)
  words.setInt32(at + 8, two(ofMonth) | (letterT << 16) | ((zero + ((hours / 10) | 0)) << 24), true)
  const minute = two(minutes - hours * 60)
  words.setInt32(at + 12, (zero + (hours % 10)) | (colon << 8) | (minute << 16), true)
  words.setInt32(at + 16, colon | (two(seconds - minutes * 60) << 8) | (dot << 24), true)
  const ms = time - seconds * 1000
  const tens = (ms / 10) | 0
  words.setInt32(at + 20, two(tens) | ((zero + ms - tens * 10) << 16) | (letterZ << 24), true)
  return true
}

/** Writes year and month, and returns the day in it. */
function writeMonth(day: number, at: number): number {
  const shiftedDay = day + 719_468
  const era = Math.floor(shiftedDay / 146_097)
  const dayOfEra = shiftedDay - era * 146_097
  const leapless = dayOfEra - ((dayOfEra / 1460) | 0) + ((dayOfEra / 36_524) | 0) - ((dayOfEra / 146_096) | 0)
  const yearOfEra = (leapless / 365) | 0
  const dayOfYear = dayOfEra - (365 * yearOfEra + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0))
  const shifted = ((5 * dayOfYear + 2) / 153) | 0
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  const century = (year / 100) | 0
  words.setInt32(at, two(century) | (two(year - century * 100) << 16), true)
  words.setInt32(at + 4, dash | (two(month) << 8) | (dash << 24), true)
  return dayOfYear - (((153 * shifted + 2) / 5) | 0) + 1
}

/** Two digits, the first one in the low byte. */
function two(value: number): number {
  const tens = (value / 10) | 0
  return (zero + tens) | ((zero + value - tens * 10) << 8)
}

function number(text: string, at: number, length: number): number {
  let value = 0
  for (let place = at; place < at + length; place += 1) value = value * 10 + text.charCodeAt(place) - zero
  return value
}
