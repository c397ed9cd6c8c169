/**
 * Redis (or Valkey) for demo, tests and benchmarks.
 *
 * Our server listens on 127.0.0.1 only, under a random password: without one, any user of the machine could write files
 * as the user who started it (CONFIG SET dir). The password stands in a file that only we can read, not on a command
 * line. It keeps nothing on disk.
 */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@greenlang/core'
import { childEnvironment } from './child-environment.ts'
import { checkUrl, type GivenUrl, urlError } from './given-url.ts'
import { type CheckedOptions, checkStartOptions, checkWays, type StartOptions } from './options.ts'
import type { Supervisor } from './owned-process.ts'
import { findRedisBinary, type RedisBinary, type RedisWay, redisWays } from './redis-binaries.ts'
import { askRedis } from './redis-probe.ts'
import { givenServer, ownedServer, type RunningServer } from './running-server.ts'
import { explainFileError, listen, temporaryPrefix, underSupervisor } from './start.ts'

export interface RedisOptions extends StartOptions {
  /** Server to use instead of starting one; an empty string: none. Default `process.env.REDIS_URL`. */
  redisUrl?: string
  /** Ways to get the program, in the order they are tried. Default `['path', 'debian-package']`. */
  from?: readonly RedisWay[]
}

/**
 * The Redis of REDIS_URL if that is set, else one of our own on a free port.
 * @throws ServerUnavailableError when none is to be had: callers that can do without Redis catch this one.
 * ServerUrlError, ServerStartError (each one sentence), InvalidOptionError, or the signal's reason.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RunningServer> {
  const checked = checkStartOptions('startRedis', options, ['redisUrl', 'from'])
  const ways = checkWays(options.from ?? redisWays, redisWays)
  const url = options.redisUrl ?? process.env.REDIS_URL ?? ''
  return url === '' ? startOwn(checked, ways) : useGiven(checked, url)
}

async function useGiven({ report, signal }: CheckedOptions, text: string): Promise<RunningServer> {
  const given: GivenUrl = {
    variable: 'REDIS_URL',
    url: text,
    protocols: ['redis:', 'rediss:'],
    example: 'redis://user:password@host:6379/0',
  }
  const url = checkUrl(given)
  try {
    signal?.throwIfAborted()
    const version = await askRedis(text, signal)
    report(`Redis: using ${version} of REDIS_URL`)
    return givenServer({ url: text, origin: 'REDIS_URL', version })
  } catch (error) {
    throw signal?.aborted ? signal.reason : urlError(given, url, error)
  }
}

async function startOwn(options: CheckedOptions, ways: readonly RedisWay[]): Promise<RunningServer> {
  const prefix = temporaryPrefix('Redis')
  const begunAt = systemClock.now()
  try {
    return await underSupervisor({ prefix, signal: options.signal }, async supervisor => {
      const binary = await findRedisBinary(supervisor, ways, options)
      options.report(`Redis: starting ${binary.origin}`)
      const server = await startIn(supervisor, binary, options)
      const tookMs = Math.round(systemClock.now() - begunAt)
      const { host } = new URL(server.url)
      options.report(`Redis: ${server.version} ready on ${host} in ${tookMs} ms (${server.origin})`)
      return server
    })
  } catch (error) {
    throw options.signal?.aborted ? options.signal.reason : explainFileError('Redis', prefix, error)
  }
}

async function startIn(
  supervisor: Supervisor,
  binary: RedisBinary,
  { port, settings, signal }: CheckedOptions,
): Promise<RunningServer> {
  const password = randomBytes(16).toString('hex')
  const file = join(supervisor.directory, 'redis.conf')
  await writeFile(file, configuration(supervisor.directory, binary, { password, settings }), { mode: 0o600 })
  const urlOn = (port: number) => `redis://:${password}@127.0.0.1:${port}`
  const listening = await listen(supervisor, {
    server: 'Redis',
    port,
    signal,
    command: port => ({
      command: binary.command,
      args: [file, '--port', String(port)],
      env: childEnvironment(binary.env),
      cwd: supervisor.directory,
      stopSignals: ['SIGTERM'],
    }),
    probe: (port, over) => askRedis(urlOn(port), over),
  })
  const { version, pid } = listening
  return ownedServer({ url: urlOn(listening.port), origin: binary.origin, version, pid }, supervisor)
}

function configuration(
  directory: string,
  binary: RedisBinary,
  { password, settings }: { password: string; settings: Readonly<Record<string, string>> },
): string {
  // Before 7.0, DEBUG is always allowed and the setting unknown.
  const debug = Number.parseInt(binary.version, 10) >= 7 ? { 'enable-debug-command': 'local' } : {}
  const own = {
    bind: '127.0.0.1',
    save: '',
    appendonly: 'no',
    dir: directory,
    requirepass: password,
    ...debug,
  }
  const lines = Object.entries({ ...own, ...settings }).map(([name, value]) => `${name} ${quote(value)}`)
  return `${lines.join('\n')}\n`
}

/** Some settings take several words (`client-output-buffer-limit`), and those must stay apart. */
function quote(value: string): string {
  return value === '' ? '""' : value
}
