/**
 * A file's content, after every byte of it was checked against its trailer.
 *
 * Small: at once. Middling: at once too, a slice at a time, with the turn of the event loop given back when it is spent.
 * Large, or while the disk is slow: by the thread pool.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs'
import type { Awaitable } from '@greenlang/core'
import { errorCode } from '../error.ts'
import { disk } from './callbacks.ts'
import type { Gate } from './gate.ts'
import { type Integrity, type Summer, sliceBytes } from './integrity.ts'
import type { Pace } from './pace.ts'

/** `absent`: not there, or something that is no file. `damaged`: of another length, or not what was written. */
export type FileContent = Buffer | 'absent' | 'damaged'

export interface FileReading {
  readonly path: string
  /** Length of the whole file, trailer included. */
  readonly size: number
}

const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants
/** A pipe in the place of a file must not be waited for. */
const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
const smallBytes = 131_072
const middlingBytes = 2_097_152
/** Buffers below this come out of a pool; larger ones are better off without. */
const pooledBytes = 4096
const slicesPerRead = 4
/** There is no such file, or something else in its place. */
const absentCodes: ReadonlySet<string | undefined> = new Set([
  ...['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ESPIPE', 'ENXIO', 'EAGAIN'],
])

export interface FileParts {
  readonly integrity: Integrity
  readonly pace: Pace
  readonly gate: Gate
}

export class FileReader {
  readonly #integrity: Integrity
  readonly #pace: Pace

  readonly #gate: Gate

  constructor({ integrity, pace, gate }: FileParts) {
    this.#integrity = integrity
    this.#pace = pace
    this.#gate = gate
  }

  /** Throws or rejects with the error of the file system where it is not known whether the file is there. */
  read(reading: FileReading): Awaitable<FileContent> {
    const { size } = reading
    if (size > middlingBytes || !this.#pace.fast)
      return this.#gate.run(() => this.#readByPool(reading)).catch(absentOr)
    if (size > smallBytes) return this.#gate.run(() => this.#readMiddling(reading)).catch(absentOr)
    if (this.#pace.hasTime) return this.#readSmall(reading)
    return this.#pace.turn().then(() => this.#readSmall(reading))
  }

  #readSmall({ path, size }: FileReading): FileContent {
    return this.#pace.run(() => {
      let file: number
      try {
        file = openSync(path, flags)
      } catch (error) {
        return absentOr(error)
      }
      try {
        const bytes = bufferOf(size)
        const length = readSync(file, bytes, 0, size + 1, 0)
        return length === size ? this.#checked(bytes.subarray(0, size)) : 'damaged'
      } catch (error) {
        return absentOr(error)
      } finally {
        closeSync(file)
      }
    })
  }

  #checked(bytes: Buffer): FileContent {
    const end = bytes.length - this.#integrity.trailerBytes
    if (end < 0) return 'damaged'
    const content = bytes.subarray(0, end)
    return this.#integrity.sum([content]).equals(bytes.subarray(end)) ? content : 'damaged'
  }

  async #readMiddling({ path, size }: FileReading): Promise<FileContent> {
    const pace = this.#pace
    if (!pace.hasTime) await pace.turn()
    const file = pace.run(() => openSync(path, flags))
    try {
      return await this.#readSlices({ size, step: sliceBytes, byPool: false }, async (bytes, at, length) => {
        if (!pace.hasTime) await pace.turn()
        return pace.run(() => readSync(file, bytes, at, length, at))
      })
    } finally {
      closeSync(file)
    }
  }

  async #readByPool({ path, size }: FileReading): Promise<FileContent> {
    const file = await disk.open(path, flags)
    try {
      return await this.#readSlices(
        { size, step: slicesPerRead * sliceBytes, byPool: true },
        (bytes, at, length) => disk.read(file, bytes, at, length),
      )
    } finally {
      await disk.close(file)
    }
  }

  /** Hashes the slices that are there while the next ones are read. */
  async #readSlices({ size, step, byPool }: Slicing, read: ReadPart): Promise<FileContent> {
    const bytes = bufferOf(size)
    const end = size - this.#integrity.trailerBytes
    const summer = end > sliceBytes ? this.#integrity.start(byPool) : undefined
    let summed = 0
    let at = 0
    while (at <= size) {
      const asked = Math.min(step, size + 1 - at)
      const length = await read(bytes, at, asked)
      at += length
      if (at > size) return 'damaged'
      while (summer && summed < end && (at >= end || at - summed >= sliceBytes)) {
        await this.#addSlice(summer, bytes.subarray(summed, Math.min(summed + sliceBytes, end)))
        summed += sliceBytes
      }
      if (length === 0 || (at === size && length < asked)) break
    }
    if (at !== size) return 'damaged'
    if (!summer) return this.#checked(bytes.subarray(0, size))
    return (await summer.end()).equals(bytes.subarray(end, size)) ? bytes.subarray(0, end) : 'damaged'
  }

  async #addSlice(summer: Summer, slice: Uint8Array): Promise<void> {
    if (!this.#pace.hasTime) await this.#pace.turn()
    await this.#pace.run(() => summer.add(slice))
  }
}

interface Slicing {
  readonly size: number
  /** Bytes a read. */
  readonly step: number
  /** Whether other threads hash. */
  readonly byPool: boolean
}

type ReadPart = (bytes: Buffer, at: number, length: number) => Promise<number>

function bufferOf(size: number): Buffer {
  // One byte more than expected tells a longer file; however long it is, no more is read.
  return size < pooledBytes ? Buffer.allocUnsafe(size + 1) : Buffer.allocUnsafeSlow(size + 1)
}

function absentOr(error: unknown): 'absent' {
  if (absentCodes.has(errorCode(error))) return 'absent'
  throw error
}
