/**
 * The directories of the fan-out. Each is looked at before something is written or removed in it, so that no link in its
 * place leads that outside: two calls of some 2 us.
 */
import { lstatSync, mkdirSync, type Stats, unlinkSync } from 'node:fs'
import { errorCode } from '../error.ts'
import type { ValuePaths } from './value-paths.ts'

const ownerOnly = 0o700

export class Directories {
  readonly #paths: ValuePaths

  constructor(paths: ValuePaths) {
    this.#paths = paths
  }

  /** Whether those of `name` are there. */
  has(name: string): boolean {
    return this.#paths.directoriesOf(name).every(isDirectory)
  }

  /** Makes those of `name`, in the place of whatever else has their names. Returns the directories that changed. */
  make(name: string): readonly string[] {
    if (this.has(name)) return unchanged
    const { values } = this.#paths
    const [outer, inner] = this.#paths.directoriesOf(name)
    const changed: string[] = []
    if (makeDirectory(values)) changed.push(this.#paths.root)
    if (makeDirectory(outer)) changed.push(values)
    if (makeDirectory(inner)) changed.push(outer)
    return changed
  }
}

const unchanged: readonly string[] = []

/** Whether it had to be made. */
export function makeDirectory(path: string): boolean {
  const found = lstatOrNone(path)
  if (found?.isDirectory()) return false
  if (found) unlinkSync(path)
  mkdirSync(path, { mode: ownerOnly })
  return true
}

function isDirectory(path: string): boolean {
  return lstatOrNone(path)?.isDirectory() === true
}

const quietly = { throwIfNoEntry: false } as const

function lstatOrNone(path: string): Stats | undefined {
  try {
    return lstatSync(path, quietly)
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}
