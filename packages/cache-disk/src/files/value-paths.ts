/** Where the file of a write lies: `values/<2 digits>/<1 digit>/<the other 61 digits of the name>.<seq>`. */
import { join } from 'node:path'

/** Directories of the fan-out: 256 with 16 in each. */
export const fanOut = { first: 256, second: 16 } as const

export interface ValuePaths {
  readonly root: string
  readonly values: string
  /** @param name SHA-256 of the key in 64 hexadecimal digits. @param seq Names the write. */
  fileOf(name: string, seq: number): string
  /** The two directories above the file, the outer one first. */
  directoriesOf(name: string): readonly [string, string]
}

export function createValuePaths(root: string): ValuePaths {
  const values = join(root, 'values')
  return {
    root,
    values,
    fileOf: (name, seq) => `${values}/${name.slice(0, 2)}/${name[2]}/${name.slice(3)}.${seq.toString(36)}`,
    directoriesOf: name => [`${values}/${name.slice(0, 2)}`, `${values}/${name.slice(0, 2)}/${name[2]}`],
  }
}

export interface FileName {
  readonly name: string
  readonly seq: number
}

/** What a file in `values/<first>/<second>` is called after; `undefined` for a file that no tier made. */
export function parseFileName(first: string, second: string, file: string): FileName | undefined {
  const parts = /^([0-9a-f]{61})\.([0-9a-z]{1,11})$/.exec(file)
  if (!parts) return undefined
  const seq = Number.parseInt(parts[2] as string, 36)
  return Number.isSafeInteger(seq) ? { name: `${first}${second}${parts[1]}`, seq } : undefined
}
