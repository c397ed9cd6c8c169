/** The packages of this repository, as its package.json files describe them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const root: string = dirname(import.meta.dirname)

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly license?: unknown
  readonly sideEffects?: boolean
  readonly files?: readonly string[]
  readonly engines?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface Workspace {
  readonly name: string
  readonly folder: string
  readonly isPublished: boolean
  readonly manifest: Manifest
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

const inside = (group: string) => readdirSync(join(root, group)).map(name => join(root, group, name))

export const workspaces: readonly Workspace[] = [
  ...inside('packages'),
  join(root, 'migrations'),
  ...inside('examples'),
  ...inside('tools'),
]
  .filter(folder => existsSync(join(folder, 'package.json')))
  .map(folder => {
    const manifest = readManifest(folder)
    return { name: manifest.name, folder, isPublished: manifest.private !== true, manifest }
  })

export const publishedPackages: readonly Workspace[] = workspaces.filter(({ isPublished }) => isPublished)
