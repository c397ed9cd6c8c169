/** Folders and files of the command line, as traces to read. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../report/usage-error.ts'
import { isTraceName } from './formats.ts'

export interface Found {
  readonly path: string
  /** NAME.sizes.gz beside NAME.trc.gz. */
  readonly sizes?: string
}

/** A file that is named is taken; of a folder, with those in it, the files whose names end as those of traces do. */
export function findTraces(places: readonly string[]): readonly Found[] {
  return places.flatMap(place => {
    const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory()
    if (isFolder === undefined) throw new UsageError(`${place} is not there`)
    if (!isFolder) return [withSizesOf(place)]
    const found = filesIn(place).filter(isTraceName).map(withSizesOf)
    if (found.length === 0)
      throw new UsageError(`${place} has no trace in it; name the file and its --format`)
    return found
  })
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
}

function withSizesOf(path: string): Found {
  const sizes = path.replace(/\.trc(?=\.gz$|$)/, '.sizes')
  return sizes !== path && existsSync(sizes) ? { path, sizes } : { path }
}
