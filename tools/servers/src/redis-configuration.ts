/** The configuration file of one Redis or Valkey process. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { childEnvironment } from './child-environment.ts'
import type { Command } from './owned-process.ts'
import type { RedisBinary } from './redis-binaries.ts'

export type Settings = Readonly<Record<string, string>>

/** For one server, or for all of a group: they prove themselves to each other with it. */
export function newPassword(): string {
  return randomBytes(16).toString('hex')
}

/** Settings of a throw-away server that keeps nothing on disk. */
export function throwAwaySettings(binary: RedisBinary, password: string): Settings {
  // Before 7.0, DEBUG is always allowed and the setting unknown.
  const debug = Number.parseInt(binary.version, 10) >= 7 ? { 'enable-debug-command': 'local' } : {}
  return { bind: '127.0.0.1', save: '', appendonly: 'no', requirepass: password, ...debug }
}

/** Writes it where only we can read it. Resolves with its path. */
export async function writeConfiguration(folder: string, settings: Settings): Promise<string> {
  const file = join(folder, 'redis.conf')
  const lines = Object.entries({ dir: folder, ...settings }).map(([name, value]) => `${name} ${quote(value)}`)
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  return file
}

/** Some settings take several words (`client-output-buffer-limit`), and those must stay apart. */
function quote(value: string): string {
  return value === '' ? '""' : value
}

/** Runs it in `folder`. */
export function redisCommand(binary: RedisBinary, folder: string, args: readonly string[]): Command {
  return { command: binary.command, args, env: childEnvironment(binary.env), cwd: folder }
}
