/** Where the Redis program comes from: PATH, or Debian's packages unpacked into our cache directory. */
import { childEnvironment } from './child-environment.ts'
import { debianProgram } from './debian-packages.ts'
import { ServerUnavailableError } from './error.ts'
import { onPath } from './on-path.ts'
import type { CheckedCommon } from './options.ts'
import type { Supervisor } from './owned-process.ts'

export type RedisWay = 'debian-package' | 'path'
export const redisWays: readonly RedisWay[] = ['path', 'debian-package']

export interface RedisBinary {
  readonly command: string
  /** What it needs in its environment to find its libraries. */
  readonly env: NodeJS.ProcessEnv
  /** Such as `7.0.15`. */
  readonly version: string
  /** Such as `redis-server on PATH`. */
  readonly origin: string
}

/** @throws ServerUnavailableError, with what was wrong with each way, when there is none that runs. */
export async function findRedisBinary(
  supervisor: Supervisor,
  ways: readonly RedisWay[],
  options: CheckedCommon,
): Promise<RedisBinary> {
  const missing: string[] = []
  for (const way of ways) {
    const found = way === 'path' ? await fromPath(supervisor) : await fromDebian(supervisor, options)
    if (typeof found !== 'string') return found
    missing.push(found)
  }
  const remedy = 'install Redis (on Debian: sudo apt-get install redis-server) or set REDIS_URL'
  throw new ServerUnavailableError('Redis', `no Redis to be had: ${missing.join(', and ')}; ${remedy}`)
}

async function fromPath(supervisor: Supervisor): Promise<RedisBinary | string> {
  for (const name of ['redis-server', 'valkey-server']) {
    const command = await onPath(name)
    const version = command && (await versionOf(supervisor, command, {}))
    if (command && version) return { command, env: {}, version, origin: `${name} on PATH` }
  }
  return 'neither redis-server nor valkey-server is on PATH'
}

async function fromDebian(supervisor: Supervisor, options: CheckedCommon): Promise<RedisBinary | string> {
  const redisPackage = { name: 'redis-server', more: ['redis-tools'], program: 'usr/bin/redis-server' }
  const works = async (command: string, env: NodeJS.ProcessEnv) =>
    (await versionOf(supervisor, command, env)) !== undefined
  const unpacked = await debianProgram(redisPackage, works, {
    ...options,
    report: line => options.report(`Redis: ${line}`),
  })
  if (typeof unpacked === 'string') return unpacked
  const version = (await versionOf(supervisor, unpacked.command, unpacked.env)) ?? 'of unknown version'
  return { ...unpacked, version, origin: `Debian package redis-server ${version}` }
}

async function versionOf(
  supervisor: Supervisor,
  command: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  try {
    const { output } = await supervisor.run({ command, args: ['--version'], env: childEnvironment(env) })
    return /server v=(\S+)/.exec(output)?.[1]
  } catch {
    return undefined
  }
}
