import { InvalidArgumentError } from '@greenlang/core'
import { createRows } from './history-rows.ts'
import type { HistoryWrite } from './history-types.ts'

/** Writes by row, in the order they were told. Keys are numbers here. */
export interface WriteRows {
  readonly length: number
  /** How many were acknowledged. */
  readonly acknowledged: number
  /** @throws InvalidArgumentError if the key has this version already. */
  push(key: number, write: HistoryWrite): void
  /** Rows of a key. */
  of(key: number): readonly number[]
  version(row: number): number
  committedAt(row: number): number
  /** `NaN` if it never was. */
  acknowledgedAt(row: number): number
  /** `NaN` if it never did. */
  returnedAt(row: number): number
  process(row: number): number
  absent(row: number): boolean
}

export function createWriteRows(): WriteRows {
  return new PackedWrites()
}

const fields = {
  version: 0,
  committedAt: 1,
  acknowledgedAt: 2,
  returnedAt: 3,
  process: 4,
  absent: 5,
} as const

interface KeyWrites {
  readonly rows: number[]
  highest: number
  /** Only once versions came out of order: until then the highest tells that a version is new. */
  versions?: Set<number>
}

const none: readonly number[] = []

class PackedWrites implements WriteRows {
  readonly #rows = createRows(6, 'float64')
  readonly #keys = new Map<number, KeyWrites>()
  #acknowledged = 0

  get length(): number {
    return this.#rows.length
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  push(key: number, write: HistoryWrite): void {
    const { version, committedAt, acknowledgedAt = Number.NaN, returnedAt = Number.NaN, process } = write
    const known = this.#keys.get(key) ?? { rows: [], highest: -1 }
    this.#addVersion(known, version)
    this.#keys.set(key, known)
    known.rows.push(this.#rows.length)
    this.#rows.push([version, committedAt, acknowledgedAt, returnedAt, process, write.absent ? 1 : 0])
    if (write.acknowledgedAt !== undefined) this.#acknowledged += 1
  }

  of(key: number): readonly number[] {
    return this.#keys.get(key)?.rows ?? none
  }

  version(row: number): number {
    return this.#rows.get(row, fields.version)
  }

  committedAt(row: number): number {
    return this.#rows.get(row, fields.committedAt)
  }

  acknowledgedAt(row: number): number {
    return this.#rows.get(row, fields.acknowledgedAt)
  }

  returnedAt(row: number): number {
    return this.#rows.get(row, fields.returnedAt)
  }

  process(row: number): number {
    return this.#rows.get(row, fields.process)
  }

  absent(row: number): boolean {
    return this.#rows.get(row, fields.absent) !== 0
  }

  #addVersion(known: KeyWrites, version: number): void {
    if (version <= known.highest) {
      known.versions ??= new Set(known.rows.map(row => this.version(row)))
      if (known.versions.has(version))
        throw new InvalidArgumentError('write.version', 'one that the key does not have already', version)
    }
    known.versions?.add(version)
    known.highest = Math.max(known.highest, version)
  }
}
