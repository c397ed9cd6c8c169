import { GreenlangError } from '@greenlang/core'

/** The directory is owned by another disk tier, of this process or another. It is free again when that one ends. */
export class DirectoryInUseError extends GreenlangError {
  readonly code = 'DIRECTORY_IN_USE'
  readonly directory: string

  constructor(directory: string, options?: { cause?: unknown }) {
    super(
      `directory ${directory} is in use by another disk tier; close that one, or give each tier its own directory`,
      options,
    )
    this.directory = directory
  }
}

/** Others may write to the directory, so they could plant links and values in it. */
export class UnsafeDirectoryError extends GreenlangError {
  readonly code = 'UNSAFE_DIRECTORY'
  readonly directory: string

  constructor(directory: string, reason: string) {
    super(`directory ${directory} ${reason}; give the tier a directory of its own with mode 0700`)
    this.directory = directory
  }
}

/** The npm package sqlite3 is there without its native part, or not at all. */
export class MissingBindingError extends GreenlangError {
  readonly code = 'MISSING_BINDING'

  constructor(options: { cause: unknown }) {
    super(
      `sqlite3 has no native binding for Node ${process.version} on ${process.platform}-${process.arch}; ` +
        'run "npm rebuild sqlite3" (pnpm: "pnpm approve-builds", then "pnpm rebuild sqlite3"), ' +
        'and do not install with --ignore-scripts',
      options,
    )
  }
}

/** Nothing can be written now: the disk is full, read-only, out of reach or broken. The tier tries again by itself. */
export class DiskUnavailableError extends GreenlangError {
  readonly code = 'DISK_UNAVAILABLE'

  constructor(tier: string, options: { cause: unknown }) {
    const code = errorCode(options.cause)
    super(
      `tier "${tier}" cannot write to its disk now${code ? ` (${code})` : ''}; it tries again by itself`,
      options,
    )
  }
}

/** So many operations wait for the disk that another one is refused. */
export class DiskBusyError extends GreenlangError {
  readonly code = 'DISK_BUSY'
  readonly waiting: number

  constructor(waiting: number) {
    super(`${waiting} operations wait for the disk already; ask less of it, or give it a faster one`)
    this.waiting = waiting
  }
}

/** `code` of an error of Node or SQLite, such as `ENOENT` or `SQLITE_BUSY`. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}
