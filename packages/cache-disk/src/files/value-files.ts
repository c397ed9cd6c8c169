/** The files that hold the values: each is written once, and read and removed by its name and the number of its write. */
import { randomInt } from 'node:crypto'
import { renameSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Awaitable, Clock } from '@greenlang/core'
import { isThenable } from '@greenlang/core'
import { errorCode } from '../error.ts'
import { disk } from './callbacks.ts'
import { Directories, makeDirectory } from './directories.ts'
import { Gate } from './gate.ts'
import type { Integrity } from './integrity.ts'
import { Pace } from './pace.ts'
import { type FileContent, FileReader } from './read-file.ts'
import { lengthOf } from './slices.ts'
import { Turn } from './turn.ts'
import { createValuePaths, type FileName, type ValuePaths } from './value-paths.ts'
import { type Durability, FileWriter } from './write-file.ts'

export interface FileRef extends FileName {
  /** Length of the file in bytes. */
  readonly size: number
}

export interface ValueFilesOptions {
  readonly root: string
  readonly clock: Clock
  readonly integrity: Integrity
  readonly durability: Durability
}

/** So that what an earlier process set aside is not in the way. */
const lives = 2 ** 31
const goneCodes: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR'])
/** Directories of files that were cleared and are not removed yet. */
export const asidePrefix = 'aside-'
/** What frees many blocks takes its time. */
const longUnlinkBytes = 2_097_152

export class ValueFiles {
  readonly paths: ValuePaths
  /** Of reading, and of looking at what is there. */
  readonly pace: Pace
  /** Of writing, which may be slow while reading is not. */
  readonly #writing: Pace
  readonly #directories: Directories
  readonly #reader: FileReader
  readonly #writer: FileWriter
  readonly #durability: Durability
  readonly #life = randomInt(lives)
  #asides = 0

  constructor({ root, clock, integrity, durability }: ValueFilesOptions) {
    this.paths = createValuePaths(root)
    const turn = new Turn(clock)
    this.pace = new Pace(clock, turn)
    this.#directories = new Directories(this.paths)
    this.#writing = new Pace(clock, turn)
    this.#reader = new FileReader({ integrity, pace: this.pace, gate: new Gate() })
    this.#writer = new FileWriter({ integrity, pace: this.#writing, gate: new Gate() }, durability)
    this.#durability = durability
  }

  sizeOf(parts: readonly Uint8Array[]): number {
    return this.#writer.sizeOf(parts) + seqBytes
  }

  /** Throws or rejects where it is not known whether the file is there. */
  read(file: FileRef): Awaitable<FileContent> {
    const { name, seq, size } = file
    const content = this.#reader.read({ path: this.paths.fileOf(name, seq), size })
    return isThenable(content) ? content.then(bytes => withoutSeq(bytes, seq)) : withoutSeq(content, seq)
  }

  /** Throws or rejects with the error of the file system; nothing is left of the file then, where that can be had. */
  write(file: FileName, parts: readonly Uint8Array[]): Awaitable<void> {
    const whole = withSeq(parts, file.seq)
    if (this.#durability !== 'none') return this.#writeDurably(file, whole)
    let written: Awaitable<void>
    try {
      written = this.#writeInPlace(file, whole)
    } catch (error) {
      if (!goneCodes.has(errorCode(error))) throw this.#afterFailure(file, error)
      return this.#writeAgain(file, whole)
    }
    if (!isThenable(written)) return
    return Promise.resolve(written).catch(error => {
      if (goneCodes.has(errorCode(error))) return this.#writeAgain(file, whole)
      throw this.#afterFailure(file, error)
    })
  }

  /** Removes the file, in a turn that has time for it; that it is gone already is no failure. */
  async remove({ name, seq, size }: FileRef): Promise<void> {
    const path = this.paths.fileOf(name, seq)
    const pace = this.#writing
    if (!pace.hasTime) await pace.turn()
    try {
      if (!pace.run(() => this.#directories.has(name))) return
      if (!pace.fast || size > longUnlinkBytes) await disk.unlink(path)
      else pace.run(() => unlinkSync(path))
    } catch (error) {
      await this.#afterUnlink(path, error)
    }
  }

  /** Takes all files out of their place at once, and returns where they are now. Changes nothing when it fails. */
  setAside(): string {
    this.#asides += 1
    const aside = join(this.paths.root, `${asidePrefix}${this.#life}-${this.#asides}`)
    this.#writing.run(() => {
      renameSync(this.paths.values, aside)
    })
    // If that fails the next write tries it again, and tells its caller.
    attempt(() => makeDirectory(this.paths.values))
    return aside
  }

  /** Removes what `setAside` left: with many files it takes seconds. */
  async removeAside(path: string): Promise<void> {
    await disk.rm(path, { recursive: true, force: true })
  }

  async #writeDurably(file: FileName, parts: readonly Uint8Array[]): Promise<void> {
    let changed: readonly string[] = []
    const makeDirectories = () => {
      changed = this.#directories.make(file.name)
    }
    try {
      const path = this.paths.fileOf(file.name, file.seq)
      await this.#writer.write({ path, makeDirectories }, parts)
      if (this.#durability !== 'full') return
      for (const path of [this.paths.directoriesOf(file.name)[1], ...changed]) await syncDirectory(path)
    } catch (error) {
      throw this.#afterFailure(file, error)
    }
  }

  #writeInPlace(file: FileName, parts: readonly Uint8Array[]): Awaitable<void> {
    const path = this.paths.fileOf(file.name, file.seq)
    const makeDirectories = () => void this.#directories.make(file.name)
    return this.#writer.write({ path, makeDirectories }, parts)
  }

  /** The directory was there once and has been removed or replaced from outside. */
  async #writeAgain(file: FileName, parts: readonly Uint8Array[]): Promise<void> {
    try {
      await this.#writeInPlace(file, parts)
    } catch (error) {
      throw this.#afterFailure(file, error)
    }
  }

  #afterUnlink(path: string, error: unknown): Awaitable<void> {
    const code = errorCode(error)
    if (goneCodes.has(code)) return
    // Somebody put a directory in the place of the file.
    if (code === 'EISDIR' || code === 'EPERM') return disk.rm(path, { recursive: true, force: true })
    throw error
  }

  #afterFailure({ name, seq }: FileName, error: unknown): unknown {
    // Where that fails it is an orphan, and reconciling finds it.
    attempt(() => unlinkSync(this.paths.fileOf(name, seq)))
    return error
  }
}

/** The number of the write stands in the file too: an older file of the key in its place is not it. */
const seqBytes = 8
/** Parts below this are joined: that costs less than to hash and write them one by one. */
const joinedBytes = 16_384

function withSeq(parts: readonly Uint8Array[], seq: number): readonly Uint8Array[] {
  const number = Buffer.allocUnsafe(seqBytes)
  number.writeDoubleBE(seq)
  const whole = [...parts, number]
  return lengthOf(whole) < joinedBytes ? [Buffer.concat(whole)] : whole
}

function withoutSeq(content: FileContent, seq: number): FileContent {
  if (typeof content === 'string') return content
  const end = content.length - seqBytes
  return end >= 0 && content.readDoubleBE(end) === seq ? content.subarray(0, end) : 'damaged'
}

async function syncDirectory(path: string): Promise<void> {
  const file = await disk.open(path, 0)
  try {
    await disk.fsync(file)
  } finally {
    await disk.close(file)
  }
}

function attempt(action: () => unknown): void {
  try {
    action()
  } catch {
    // Nobody waits for it.
  }
}
