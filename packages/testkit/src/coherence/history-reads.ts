import { createRows } from './history-rows.ts'
import type { HistoryRead } from './history-types.ts'

/** Reads by row, in the order they were told: 44 bytes each. Keys are numbers here. */
export interface ReadRows {
  readonly length: number
  push(key: number, read: HistoryRead): void
  key(row: number): number
  process(row: number): number
  startedAt(row: number): number
  endedAt(row: number): number
  /** `NaN` for a read of nothing. */
  version(row: number): number
  /** `NaN` if it was not told. */
  madeAt(row: number): number
  excused(row: number): boolean
  final(row: number): boolean
  /** The read as it was told. */
  read(row: number, key: string): HistoryRead
  /** Reads by what answered. */
  sources(): Record<string, number>
}

export function createReadRows(): ReadRows {
  return new PackedReads()
}

const times = { startedAt: 0, endedAt: 1, version: 2, madeAt: 3 } as const
const marks = { key: 0, process: 1, flags: 2 } as const
const excusedFlag = 1
const finalFlag = 2
const sourceShift = 2

class PackedReads implements ReadRows {
  readonly #times = createRows(4, 'float64')
  readonly #marks = createRows(3, 'int32')
  readonly #sourceNumbers = new Map<string, number>()
  readonly #sourceNames: string[] = []
  readonly #sourceCounts: number[] = []

  get length(): number {
    return this.#times.length
  }

  push(key: number, read: HistoryRead): void {
    const { startedAt, endedAt, version = Number.NaN, madeAt = Number.NaN } = read
    const flags = (read.excused ? excusedFlag : 0) | (read.final ? finalFlag : 0)
    this.#times.push([startedAt, endedAt, version, madeAt])
    this.#marks.push([key, read.process, flags | (this.#countSource(read.source) << sourceShift)])
  }

  key(row: number): number {
    return this.#marks.get(row, marks.key)
  }

  process(row: number): number {
    return this.#marks.get(row, marks.process)
  }

  startedAt(row: number): number {
    return this.#times.get(row, times.startedAt)
  }

  endedAt(row: number): number {
    return this.#times.get(row, times.endedAt)
  }

  version(row: number): number {
    return this.#times.get(row, times.version)
  }

  madeAt(row: number): number {
    return this.#times.get(row, times.madeAt)
  }

  excused(row: number): boolean {
    return (this.#marks.get(row, marks.flags) & excusedFlag) !== 0
  }

  final(row: number): boolean {
    return (this.#marks.get(row, marks.flags) & finalFlag) !== 0
  }

  read(row: number, key: string): HistoryRead {
    const version = this.version(row)
    const madeAt = this.madeAt(row)
    return {
      key,
      process: this.process(row),
      startedAt: this.startedAt(row),
      endedAt: this.endedAt(row),
      version: Number.isNaN(version) ? undefined : version,
      source: this.#sourceNames[this.#marks.get(row, marks.flags) >>> sourceShift] ?? '',
      ...(this.excused(row) ? { excused: true } : {}),
      ...(Number.isNaN(madeAt) ? {} : { madeAt }),
      ...(this.final(row) ? { final: true } : {}),
    }
  }

  sources(): Record<string, number> {
    return Object.fromEntries(this.#sourceNames.map((name, index) => [name, this.#sourceCounts[index] ?? 0]))
  }

  #countSource(name: string): number {
    const number = this.#sourceNumbers.get(name) ?? this.#sourceNames.push(name) - 1
    this.#sourceNumbers.set(name, number)
    this.#sourceCounts[number] = (this.#sourceCounts[number] ?? 0) + 1
    return number
  }
}
