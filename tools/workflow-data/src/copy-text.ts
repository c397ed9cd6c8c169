/**
 * Rows in PostgreSQL's COPY text format: one line a row, fields between tabs, `\N` for null, and backslash, tab,
 * newline and carriage return escaped. Everything else, quotes of JSON included, stands for itself.
 */

/** JSON goes in as `json(value)`, a moment as `time(ms)`. */
export type Field = string | number | boolean | null

export interface CopyText {
  /** Rows written since the beginning. */
  readonly rows: number
  /** Characters waiting to be taken. */
  readonly waiting: number
  row(fields: readonly Field[]): void
  /** What was written since the last take. */
  take(): Buffer
}

export function createCopyText(): CopyText {
  let text = ''
  let rows = 0
  return {
    get rows() {
      return rows
    },
    get waiting() {
      return text.length
    },
    row(fields) {
      for (let index = 0; index < fields.length; index++)
        text += (index === 0 ? '' : '\t') + fieldText(fields[index] ?? null)
      text += '\n'
      rows += 1
    },
    take() {
      const taken = Buffer.from(text, 'utf8')
      text = ''
      return taken
    },
  }
}

export function json(value: unknown): string {
  return JSON.stringify(value)
}

/** Whole milliseconds since the epoch as PostgreSQL reads them; null stays null. */
export function time(ms: number | null): string | null {
  if (ms === null) return null
  const day = Math.floor(ms / dayMs)
  if (day !== lastDay) {
    lastDay = day
    lastDate = new Date(ms).toISOString().slice(0, 11)
  }
  const within = ms - day * dayMs
  const seconds = Math.floor(within / 1000)
  const milliseconds = String(within - seconds * 1000).padStart(3, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return `${lastDate}${twoDigits[hours]}:${twoDigits[minutes]}:${twoDigits[seconds % 60]}.${milliseconds}Z`
}

// `toISOString` of each moment was the largest single cost of a load; the date part changes once in thousands of rows.
const dayMs = 86_400_000
const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'))
let lastDay = Number.NaN
let lastDate = ''

const special = /[\\\t\n\r]/
const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function fieldText(field: Field): string {
  if (typeof field === 'string') return special.test(field) ? escaped(field) : field
  if (field === null) return '\\N'
  return typeof field === 'number' ? String(field) : field ? 't' : 'f'
}

function escaped(text: string): string {
  return text.replace(/[\\\t\n\r]/g, found => escapes[found] ?? found)
}
