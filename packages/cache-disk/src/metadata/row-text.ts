/**
 * Rows as texts with a checksum, as SQLite has none: a flipped bit of a number would be served as the truth. The checked
 * fields are one text, written and read by the same code, so the check costs no conversion and rounds nothing.
 */
import { crc32 } from 'node:zlib'
import type { EntryRow, Use } from './metadata-store.ts'

const nameLength = 64
const namePattern = /^[0-9a-f]{64}$/

/** `name, fields, expires_at, used_at, uses`; `expires_at` is `null` for never. */
export type PutParameters = readonly [string, string, number | null, number, number]

export function putParameters(row: EntryRow): PutParameters {
  const { name, expiresAt, usedAt, uses } = row
  const fields = `${row.seq},${row.size},${expiresAt},${row.invalidated ? 1 : 0},${row.vouch}`
  const check = crc32(`${name},${fields}`)
  return [name, `${fields},${check}`, Number.isFinite(expiresAt) ? expiresAt : null, usedAt, uses]
}

export function useParameters({ name, usedAt, uses }: Use): readonly [string, number, number] {
  return [name, usedAt, uses]
}

/** @param line `name,seq,size,expiresAt,invalidated,vouch,crc,usedAt,uses`. `undefined` if it does not fit its checksum. */
export function parseRow(line: string): EntryRow | undefined {
  const usesAt = line.lastIndexOf(',')
  const usedAtAt = line.lastIndexOf(',', usesAt - 1)
  const checkAt = line.lastIndexOf(',', usedAtAt - 1)
  if (checkAt <= nameLength || line[nameLength] !== ',') return undefined
  if (Number(line.slice(checkAt + 1, usedAtAt)) !== crc32(line.slice(0, checkAt))) return undefined
  const [seq, size, expiresAt, invalidated, vouch] = line.slice(nameLength + 1, checkAt).split(',')
  const row = {
    name: line.slice(0, nameLength),
    seq: Number(seq),
    size: Number(size),
    expiresAt: Number(expiresAt),
    usedAt: Number(line.slice(usedAtAt + 1, usesAt)),
    uses: Number(line.slice(usesAt + 1)),
    invalidated: invalidated === '1',
    vouch: Number(vouch),
  }
  return isSound(row) ? row : undefined
}

export function isName(name: unknown): name is string {
  return typeof name === 'string' && namePattern.test(name)
}

/** What the checksum does not cover, and what a checksum that fits by chance would let through. Names are hexadecimal. */
function isSound(row: EntryRow): boolean {
  return (
    Number.isSafeInteger(row.seq) &&
    row.seq > 0 &&
    Number.isSafeInteger(row.size) &&
    row.size >= 0 &&
    !Number.isNaN(row.expiresAt) &&
    Number.isSafeInteger(row.vouch) &&
    row.vouch >= 0 &&
    Number.isFinite(row.usedAt) &&
    Number.isFinite(row.uses) &&
    row.uses >= 0
  )
}

/** A row of the table of facts. Name and text are kept as JSON, which keeps NUL and lone surrogates as they are. */
export type FactParameters = readonly [string, string | null, number]

export function factParameters(name: string, text: string | undefined): FactParameters {
  const key = JSON.stringify(name)
  if (text === undefined) return [key, null, 0]
  const value = JSON.stringify(text)
  return [key, value, crc32(`${key}:${value}`)]
}

export interface FactRow {
  readonly name: string
  readonly text: string
  readonly crc: number
}

/** All but those that do not fit their checksum. */
export function parseFacts(rows: readonly FactRow[]): Record<string, string> {
  const sound = rows.filter(({ name, text, crc }) => crc32(`${name}:${text}`) === crc)
  return Object.fromEntries(
    sound.map(({ name, text }) => [JSON.parse(name) as string, JSON.parse(text) as string]),
  )
}
