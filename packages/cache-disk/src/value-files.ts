/**
 * The files that hold the values: `values/ab/cd/<the other 60 digits of the name>`, written in `temp/` and renamed, so
 * that a file is there whole or not at all. No path leads over a symbolic link: links in the place of a directory are
 * removed, files are opened without following, and renaming replaces a link rather than its target.
 */
import { constants, type Dirent } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { invalidatedState, stateOffset } from '@greenlang/codec'
import { errorCode } from './error.ts'
import { Limiter } from './limiter.ts'

const filesOpenAtOnce = 32
const { O_NOFOLLOW = 0, O_RDONLY, O_RDWR } = constants
/** There is no such file, or no such directory for it. */
const goneCodes: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR'])
/** There is no such file, or something else in its place. */
const absentCodes: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR'])

export class ValueFiles {
  readonly #values: string
  readonly #temp: string
  readonly #limiter = new Limiter(filesOpenAtOnce)
  /** Directories known to be there and no links: at most 256 + 65 536. */
  readonly #checked = new Set<string>()
  #temporaries = 0

  constructor(root: string) {
    this.#values = join(root, 'values')
    this.#temp = join(root, 'temp')
  }

  /** Removes what a killed process was writing. */
  async prepare(): Promise<void> {
    await makeDirectory(this.#values)
    await makeDirectory(this.#temp)
    for (const left of await readdir(this.#temp))
      await rm(join(this.#temp, left), { recursive: true, force: true })
  }

  /** Its bytes; `undefined` if it is not there or not exactly `size` long. */
  read(name: string, size: number): Promise<Buffer | undefined> {
    return this.#limiter.run(async () => {
      if (!(await this.#hasDirectory(name))) return undefined
      return readExactly(this.#pathOf(name), size)
    })
  }

  /** Writes the bytes where no reader looks, and returns that path. */
  writeTemporary(bytes: Uint8Array): Promise<string> {
    this.#temporaries += 1
    const path = join(this.#temp, `${this.#temporaries}`)
    return this.#limiter.run(async () => {
      const file = await this.#createTemporary(path)
      try {
        await file.writeFile(bytes)
        await file.close()
      } catch (error) {
        await file.close().catch(() => undefined)
        await this.discard(path)
        throw error
      }
      return path
    })
  }

  /** Puts a file that was written by `writeTemporary` in its place. */
  async commit(path: string, name: string): Promise<void> {
    await this.#makeDirectories(name)
    try {
      await rename(path, this.#pathOf(name))
    } catch (error) {
      if (!goneCodes.has(errorCode(error))) throw error
      // The directory was there once and has been removed or replaced from outside.
      this.#checked.clear()
      await this.#makeDirectories(name)
      await rename(path, this.#pathOf(name))
    }
  }

  async discard(path: string): Promise<void> {
    await unlink(path).catch(() => undefined)
  }

  /**
   * Writes the one byte that marks the entry stale: a crash leaves it written or not. A negative entry stays one under
   * it, as it holds no value. Whether the file was there.
   */
  markInvalidated(name: string): Promise<boolean> {
    return this.#limiter.run(async () => {
      try {
        if (!(await this.#hasDirectory(name))) return false
        const file = await open(this.#pathOf(name), O_RDWR | O_NOFOLLOW)
        try {
          await file.write(Buffer.of(invalidatedState), 0, 1, stateOffset)
        } finally {
          await file.close()
        }
        return true
      } catch (error) {
        if (absentCodes.has(errorCode(error))) return false
        throw error
      }
    })
  }

  async remove(name: string): Promise<void> {
    try {
      if (await this.#hasDirectory(name)) await unlink(this.#pathOf(name))
    } catch (error) {
      if (!goneCodes.has(errorCode(error))) throw error
    }
  }

  /** Length of the file; `undefined` if there is none. */
  async sizeOf(name: string): Promise<number | undefined> {
    const found = (await this.#hasDirectory(name)) ? await lstatOrNone(this.#pathOf(name)) : undefined
    return found?.isFile() ? found.size : undefined
  }

  /** Takes all files out of their place at once, and returns where they are now. Changes nothing when it fails. */
  async setAside(): Promise<string> {
    this.#temporaries += 1
    const old = join(this.#temp, `${this.#temporaries}`)
    await rename(this.#values, old)
    this.#checked.clear()
    // If that fails the next write tries it again, and tells its caller.
    await makeDirectory(this.#values).catch(() => undefined)
    return old
  }

  /** Removes what `setAside` left: with many files it takes seconds. */
  async discardAll(old: string): Promise<void> {
    await rm(old, { recursive: true, force: true })
  }

  /** Names of all files there are, a directory at a time. */
  async *names(): AsyncGenerator<string> {
    for (const first of await directoriesIn(this.#values))
      for (const second of await directoriesIn(join(this.#values, first)))
        for (const rest of await listing(join(this.#values, first, second)))
          if (/^[0-9a-f]{60}$/.test(rest.name)) yield first + second + rest.name
  }

  async #createTemporary(path: string): Promise<FileHandle> {
    try {
      return await open(path, 'wx', 0o600)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
      await makeDirectory(this.#temp)
      return open(path, 'wx', 0o600)
    }
  }

  #pathOf(name: string): string {
    return join(this.#values, name.slice(0, 2), name.slice(2, 4), name.slice(4))
  }

  async #hasDirectory(name: string): Promise<boolean> {
    for (const path of this.#directoriesOf(name)) {
      if (this.#checked.has(path)) continue
      if (!(await lstatOrNone(path))?.isDirectory()) return false
      this.#checked.add(path)
    }
    return true
  }

  async #makeDirectories(name: string): Promise<void> {
    for (const path of this.#directoriesOf(name)) {
      if (this.#checked.has(path)) continue
      await makeDirectory(path)
      this.#checked.add(path)
    }
  }

  #directoriesOf(name: string): [string, string] {
    const first = join(this.#values, name.slice(0, 2))
    return [first, join(first, name.slice(2, 4))]
  }
}

async function readExactly(path: string, size: number): Promise<Buffer | undefined> {
  try {
    const file = await open(path, O_RDONLY | O_NOFOLLOW)
    try {
      // One byte more than expected tells a longer file; however long it is, no more is read.
      const bytes = Buffer.allocUnsafe(size + 1)
      let length = 0
      for (let more = 1; more > 0 && length <= size; length += more)
        more = (await file.read(bytes, length, size + 1 - length, length)).bytesRead
      return length === size ? bytes.subarray(0, size) : undefined
    } finally {
      await file.close()
    }
  } catch (error) {
    if (absentCodes.has(errorCode(error))) return undefined
    throw error
  }
}

/** Makes a directory, in the place of whatever else has its name. */
async function makeDirectory(path: string): Promise<void> {
  const found = await lstatOrNone(path)
  if (found?.isDirectory()) return
  if (found) await unlink(path)
  await mkdir(path, { recursive: true, mode: 0o700 })
}

async function lstatOrNone(path: string) {
  try {
    return await lstat(path)
  } catch (error) {
    if (absentCodes.has(errorCode(error))) return undefined
    throw error
  }
}

async function directoriesIn(path: string): Promise<string[]> {
  const found = await listing(path)
  return found
    .filter(entry => entry.isDirectory() && /^[0-9a-f]{2}$/.test(entry.name))
    .map(entry => entry.name)
}

async function listing(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    if (absentCodes.has(errorCode(error))) return []
    throw error
  }
}
