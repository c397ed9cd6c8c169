/**
 * What each entry weighs, and their sum: exact under every operation, for a weight is taken back as it was given.
 * A weight is the value's size, the key's, and what the tier itself spends on an entry; it is counted in steps of 8
 * bytes, as V8 allocates. Without `maxBytes` nothing is weighed and everything is 0.
 */
import { type Entry, noStamp } from '@greenlang/core'
import { lengthened } from './lengthened.ts'
import type { SizeOf } from './settings.ts'
import { sizeOf } from './size-of.ts'

/** Bytes an entry costs beside its key and value: measured by the heap benchmark. */
const overhead = 88
/** Of stamp, checkedAt and grace; and the place for tags. */
const columns = 16
const tagColumn = 8
/** What an entry costs more that is kept whole: see packed-entries.ts. */
export const oddBytes = 200
const step = 8
/** More than a step count of 32 bits can say is too much for any entry. */
const mostBytes = (2 ** 32 - 1) * step

export class ByteLedger {
  /** Sum of all weights, in bytes. */
  bytes = 0
  /** The bound on the sum, in bytes; may change while the tier runs. */
  maxBytes: number
  readonly #maxEntryBytes: number
  readonly #sizeOf: SizeOf | undefined
  #steps = new Uint32Array(0)

  /** @param sizeOf Size of a value in bytes; `undefined` if nothing is to be weighed. */
  constructor(bounds: { maxBytes: number; maxEntryBytes: number }, valueSize: SizeOf | undefined) {
    this.maxBytes = bounds.maxBytes
    this.#maxEntryBytes = bounds.maxEntryBytes
    this.#sizeOf = valueSize
    this.isOn = valueSize !== undefined
  }

  /** Whether entries are weighed. */
  readonly isOn: boolean

  /** The most that one entry may weigh. */
  get most(): number {
    return this.isOn ? Math.min(this.#maxEntryBytes, this.maxBytes, mostBytes) : 0
  }

  weigh(key: string, value: unknown): number {
    if (this.#sizeOf === undefined) return 0
    const bytes = overhead + sizeOf(key) + (value === undefined ? 0 : this.#sizeOf(value))
    return Math.ceil(bytes / step) * step
  }

  /** What an entry weighs beside key and value: its tags, and what few entries have. */
  weighExtras({ tags, checkedAt, stamp, staleAt, expiresAt }: Entry): number {
    if (this.#sizeOf === undefined) return 0
    const hasColumns = checkedAt !== undefined || stamp !== noStamp || expiresAt > staleAt
    return (tags.length === 0 ? 0 : tagColumn + sizeOf(tags)) + (hasColumns ? columns : 0)
  }

  bytesOf(slot: number): number {
    return (this.#steps[slot] ?? 0) * step
  }

  /** The entry of `slot` weighs `bytes` now; 0 once it has gone. By how much that changes the sum. */
  write(slot: number, bytes: number): number {
    if (this.#sizeOf === undefined) return 0
    const change = bytes - this.bytesOf(slot)
    this.#steps[slot] = bytes / step
    this.bytes += change
    return change
  }

  grow(length: number): void {
    if (this.#sizeOf !== undefined) this.#steps = lengthened(this.#steps, length)
  }

  clear(): void {
    this.#steps = new Uint32Array(0)
    this.bytes = 0
  }
}
