/**
 * Writes a file that nobody knows of yet, under a name of its own: it is served only once its row is there. So it needs
 * no temporary name and no renaming: what a kill leaves half-written is an orphan.
 */
import { closeSync, constants, openSync, writevSync } from 'node:fs'
import type { Awaitable } from '@greenlang/core'
import { disk } from './callbacks.ts'
import type { Gate } from './gate.ts'
import { type Integrity, sliceBytes } from './integrity.ts'
import type { Pace } from './pace.ts'
import type { FileParts } from './read-file.ts'
import { lengthOf, slicesOf } from './slices.ts'

/**
 * What a write survives once it is acknowledged. `none`: the end of the process, but for the latest milliseconds. `data`:
 * that whole. `full`: a power cut too.
 */
export type Durability = 'none' | 'data' | 'full'

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_WRONLY } = constants
const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
const ownerOnly = 0o600
const smallBytes = 131_072
const middlingBytes = 2_097_152
const slicesPerWrite = 4

export interface NewFile {
  readonly path: string
  /** Called just before the file is made, within the time of that turn. */
  makeDirectories(): void
}

export class FileWriter {
  readonly #integrity: Integrity
  readonly #pace: Pace
  readonly #gate: Gate
  readonly #durability: Durability

  constructor({ integrity, pace, gate }: FileParts, durability: Durability) {
    this.#integrity = integrity
    this.#pace = pace
    this.#gate = gate
    this.#durability = durability
  }

  /** Length that a file of this content will have. */
  sizeOf(parts: readonly Uint8Array[]): number {
    return lengthOf(parts) + this.#integrity.trailerBytes
  }

  /** Throws or rejects with the error of the file system; what was written by then is left for the caller to remove. */
  write(file: NewFile, parts: readonly Uint8Array[]): Awaitable<void> {
    const length = lengthOf(parts)
    if (length > middlingBytes || this.#durability !== 'none' || !this.#pace.fast)
      return this.#gate.run(() => this.#writeByPool(file, parts, length))
    if (length > smallBytes) return this.#gate.run(() => this.#writeMiddling(file, parts))
    if (this.#pace.hasTime) return this.#writeSmall(file, parts)
    return this.#pace.turn().then(() => this.#writeSmall(file, parts))
  }

  #writeSmall({ path, makeDirectories }: NewFile, parts: readonly Uint8Array[]): void {
    this.#pace.run(() => {
      makeDirectories()
      const file = openSync(path, flags, ownerOnly)
      try {
        writeSync(file, [...parts, this.#integrity.sum(parts)], 0)
      } finally {
        closeSync(file)
      }
    })
  }

  async #writeMiddling({ path, makeDirectories }: NewFile, parts: readonly Uint8Array[]): Promise<void> {
    const pace = this.#pace
    if (!pace.hasTime) await pace.turn()
    const file = pace.run(() => {
      makeDirectories()
      return openSync(path, flags, ownerOnly)
    })
    try {
      await this.#writeSlices(parts, false, async (slices, at) => {
        if (!pace.hasTime) await pace.turn()
        pace.run(() => writeSync(file, slices, at))
      })
    } finally {
      closeSync(file)
    }
  }

  async #writeByPool(
    { path, makeDirectories }: NewFile,
    parts: readonly Uint8Array[],
    length: number,
  ): Promise<void> {
    if (!this.#pace.hasTime) await this.#pace.turn()
    this.#pace.run(makeDirectories)
    const file = await disk.open(path, flags, ownerOnly)
    try {
      const write = (slices: readonly Uint8Array[], at: number) => writeFully(file, slices, at)
      if (length <= sliceBytes) await write([...parts, this.#integrity.sum(parts)], 0)
      else await this.#writeSlices(parts, true, write)
      if (this.#durability === 'data') await disk.fdatasync(file)
      if (this.#durability === 'full') await disk.fsync(file)
    } finally {
      await disk.close(file)
    }
  }

  /** Hashes slices beside writing them; the trailer comes last. */
  async #writeSlices(parts: readonly Uint8Array[], byPool: boolean, write: WritePart): Promise<void> {
    const pace = this.#pace
    const perWrite = byPool ? slicesPerWrite : 1
    const isOne = lengthOf(parts) <= sliceBytes
    const summer = isOne ? undefined : this.#integrity.start(byPool)
    let slices: Uint8Array[] = []
    let at = 0
    const flush = async () => {
      const written = slices
      slices = []
      await write(written, at)
      at += lengthOf(written)
    }
    for (const slice of slicesOf(parts, sliceBytes)) {
      if (!pace.hasTime) await pace.turn()
      if (summer) await pace.run(() => summer.add(slice))
      slices.push(slice)
      if (slices.length === perWrite) await flush()
    }
    slices.push(summer ? await summer.end() : this.#integrity.sum(parts))
    await flush()
  }
}

type WritePart = (slices: readonly Uint8Array[], at: number) => Promise<void>

/** A disk that becomes full takes a part first. */
function writeSync(file: number, parts: readonly Uint8Array[], at: number): void {
  let left = parts
  for (let from = at; ; ) {
    const written = writevSync(file, left, from)
    from += written
    left = after(left, written)
    if (left.length === 0) return
  }
}

async function writeFully(file: number, parts: readonly Uint8Array[], at: number): Promise<void> {
  let left = parts
  for (let from = at; ; ) {
    const written = await disk.writev(file, left, from)
    from += written
    left = after(left, written)
    if (left.length === 0) return
  }
}

/** What is left of `parts` once `written` bytes of them are gone. */
function after(parts: readonly Uint8Array[], written: number): readonly Uint8Array[] {
  let skip = written
  const left: Uint8Array[] = []
  for (const part of parts) {
    if (skip >= part.byteLength) skip -= part.byteLength
    else {
      left.push(skip > 0 ? part.subarray(skip) : part)
      skip = 0
    }
  }
  return left
}
