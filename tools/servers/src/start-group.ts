/** The part of a start that Sentinel and Cluster share: options, programme, supervisor, lines of report. */
import { systemClock } from '@greenlang/core'
import { type CheckedCommon, type CommonOptions, checkCommonOptions, checkWays } from './options.ts'
import { findRedisBinary, type RedisBinary, type RedisWay, redisWays } from './redis-binaries.ts'
import { newPassword } from './redis-configuration.ts'
import { type RedisGroup, type RedisNode, redisGroup } from './redis-group.ts'
import { explainFileError, temporaryPrefix, underSupervisor } from './start.ts'

export interface GroupOptions extends CommonOptions {
  /** Ways to get the program, in the order they are tried. Default `['path', 'debian-package']`. */
  from?: readonly RedisWay[]
}

/** What every running group has. Ends with `stop()`, with `await using`, or with this process, however that ends. */
export interface GroupFacts extends AsyncDisposable {
  /** Where the program came from: `redis-server on PATH`, `Debian package redis-server 7.0.15` … */
  readonly origin: string
  readonly version: string
  /** Of every server of the group. */
  readonly password: string
  /** Stops every server and removes their directory. Idempotent. */
  stop(): Promise<void>
}

export interface CheckedGroupOptions extends CheckedCommon {
  readonly from: readonly RedisWay[]
}

/** Settings on which the group depends. */
const ours = [
  'port',
  'bind',
  'dir',
  'requirepass',
  'masterauth',
  'replicaof',
  'cluster-enabled',
  'cluster-config-file',
]

/** @throws InvalidOptionError naming the option that is unknown or bad. */
export function checkGroupOptions(
  subject: string,
  options: GroupOptions,
  more: readonly string[],
): CheckedGroupOptions {
  const checked = checkCommonOptions(subject, options, { more: ['from', ...more], ours })
  return { ...checked, from: checkWays(options.from ?? redisWays, redisWays) }
}

/** What the parts of a group are made with. */
export interface GroupStart {
  readonly group: RedisGroup
  readonly binary: RedisBinary
  readonly facts: GroupFacts
}

/**
 * Runs `build` on a new group. When it fails, or the signal aborts, nothing is left.
 * @throws ServerUnavailableError, ServerStartError, RedisGroupError, or the signal's reason.
 */
export async function startGroup<T extends { readonly nodes: readonly RedisNode[] }>(
  name: string,
  options: CheckedGroupOptions,
  build: (start: GroupStart) => Promise<T>,
): Promise<T> {
  const { signal, report } = options
  const prefix = temporaryPrefix('Redis')
  const begunAt = systemClock.now()
  try {
    return await underSupervisor({ prefix, signal }, async supervisor => {
      const binary = await findRedisBinary(supervisor, options.from, options)
      report(`${name}: starting ${binary.origin}`)
      const password = newPassword()
      const stop = () => supervisor.close()
      const { origin, version } = binary
      const facts = { origin, version, password, stop, [Symbol.asyncDispose]: stop }
      const group = redisGroup({ supervisor, binary, password, signal })
      const built = await build({ group, binary, facts })
      const tookMs = Math.round(systemClock.now() - begunAt)
      const ports = built.nodes.map(({ port }) => port).join(', ')
      report(`${name}: ${version} ready on ports ${ports} of 127.0.0.1 in ${tookMs} ms (${origin})`)
      return built
    })
  } catch (error) {
    throw signal?.aborted ? signal.reason : explainFileError('Redis', prefix, error)
  }
}
