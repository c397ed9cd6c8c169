/** A fresh data directory: whose it is, and how the server in it is set. */
import { appendFile, chmod, chown, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { childEnvironment } from './child-environment.ts'
import { ServerStartError } from './error.ts'
import type { Supervisor } from './owned-process.ts'
import type { PostgresBinaries, ServerUser } from './postgres-binaries.ts'
import { enterableByEveryone } from './readable-copy.ts'
import { exitError } from './start.ts'

/** PostgreSQL refuses to run as root. This user ("nobody") is on every system, or needs no entry to be used. */
const unprivileged = { uid: 65_534, gid: 65_534 }

/** Nothing may wait for a disk: what is in this server is gone when it stops. Enough room for a million rows. */
const throwAwaySettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_preload_libraries: 'pg_stat_statements',
  max_connections: '200',
  shared_buffers: '256MB',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '2GB',
  checkpoint_timeout: '30min',
  timezone: 'UTC',
  lc_messages: 'C',
}

/** Whom PostgreSQL's programs run as: ourselves, unless we are root. */
export function serverUser(): ServerUser {
  return process.getuid?.() === 0 ? unprivileged : {}
}

/** Gives the supervisor's directory to the server's user. @throws ServerStartError when that user cannot get there. */
export async function ownDirectory(directory: string, { uid, gid }: ServerUser): Promise<void> {
  if (uid === undefined || gid === undefined) return
  const parent = dirname(directory)
  if (!(await enterableByEveryone(parent))) {
    const message =
      `PostgreSQL does not run as root, and the user it runs as (uid ${uid}) may not enter ${parent}; ` +
      'set TMPDIR to a directory that everyone may enter, such as /tmp'
    throw new ServerStartError('PostgreSQL', 'unreachable-directory', message)
  }
  await chown(directory, uid, gid)
  await chmod(directory, 0o700)
}

/** Runs initdb. The superuser is `postgres`. @throws ServerStartError */
export async function createDataDirectory(
  supervisor: Supervisor,
  binaries: PostgresBinaries,
  { password, settings }: { password: string; settings: Readonly<Record<string, string>> },
): Promise<string> {
  const user = serverUser()
  const data = join(supervisor.directory, 'data')
  const passwordFile = join(supervisor.directory, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (user.uid !== undefined && user.gid !== undefined) await chown(passwordFile, user.uid, user.gid)
  const { code, output } = await supervisor.run({
    command: binaries.initdb,
    args: ['-D', data, `--pwfile=${passwordFile}`, ...initdbArguments(binaries.version)],
    env: childEnvironment(),
    cwd: supervisor.directory,
    ...user,
  })
  if (code !== 0) throw exitError('PostgreSQL', supervisor.directory, output)
  await rm(passwordFile)
  await appendFile(join(data, 'postgresql.conf'), settingLines({ ...throwAwaySettings, ...settings }))
  return data
}

/** C.UTF-8: sorts by code point on every machine alike, and knows the letters of all languages. */
function initdbArguments(version: string): string[] {
  const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
  const collation =
    Number.parseInt(version, 10) >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []
  const access = ['--username=postgres', '--auth=scram-sha-256']
  return [...access, '--encoding=UTF8', `--locale=${locale}`, ...collation, '--no-sync', '--no-instructions']
}

function settingLines(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${escapeSetting(value)}'`)
  return `\n${lines.join('\n')}\n`
}

function escapeSetting(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll("'", "''")
}
