/** What an error of SQLite says: the file is not worth keeping, or the system refuses for now. */
import { errorCode } from '../error.ts'

/** Primary result codes by number, as `node:sqlite` has only the numbers. */
const codes: Readonly<Record<number, string>> = {
  1: 'SQLITE_ERROR',
  2: 'SQLITE_INTERNAL',
  3: 'SQLITE_PERM',
  4: 'SQLITE_ABORT',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  9: 'SQLITE_INTERRUPT',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  12: 'SQLITE_NOTFOUND',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  16: 'SQLITE_EMPTY',
  17: 'SQLITE_SCHEMA',
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
  21: 'SQLITE_MISUSE',
  22: 'SQLITE_NOLFS',
  23: 'SQLITE_AUTH',
  24: 'SQLITE_FORMAT',
  25: 'SQLITE_RANGE',
  26: 'SQLITE_NOTADB',
}
const damage = new Set([
  'SQLITE_NOTADB',
  'SQLITE_CORRUPT',
  'SQLITE_SCHEMA',
  'SQLITE_FORMAT',
  'SQLITE_MISMATCH',
])
const refusal = new Set([
  'SQLITE_FULL',
  'SQLITE_READONLY',
  'SQLITE_IOERR',
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'SQLITE_CANTOPEN',
  'SQLITE_PERM',
  'SQLITE_NOMEM',
  'SQLITE_PROTOCOL',
  'SQLITE_NOLFS',
  'SQLITE_AUTH',
  'SQLITE_INTERRUPT',
  'SQLITE_ABORT',
  'SQLITE_INTERNAL',
])
/** `SQLITE_ERROR` stands for much; these texts of it mean that the schema is not what was made. */
const schemaGone =
  /no such (?:table|column|index)|has \d+ columns|malformed database schema|unsupported file format/

/** The index is broken or not ours: to try again is of no use, to replace it is. */
export function isDamage(error: unknown): boolean {
  const code = errorCode(error)
  if (code === 'SQLITE_ERROR') return schemaGone.test(String((error as { message?: unknown }).message))
  return code !== undefined && damage.has(code)
}

/** The disk is full, read-only, out of reach, locked or failing: to try again later may help. */
export function isRefusal(error: unknown): boolean {
  const code = errorCode(error)
  return code !== undefined && refusal.has(code)
}

/** An error with `code` as the npm package `sqlite3` has it. @param number A result code, extended or not. */
export function sqliteError(number: number | undefined, message: string, options?: ErrorOptions): Error {
  const code = codes[(number ?? 2) & 0xff] ?? 'SQLITE_INTERNAL'
  return Object.assign(new Error(`${code}: ${message}`, options), { code, errno: number })
}
