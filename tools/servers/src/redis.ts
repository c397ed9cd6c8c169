/**
 * Redis (or Valkey) for demo, tests and benchmarks.
 *
 * Our server listens on 127.0.0.1 only, under a random password: without one, any user of the machine could write files
 * as the user who started it (CONFIG SET dir). The password stands in a file that only we can read, not on a command
 * line. It keeps nothing on disk.
 */
import { InvalidOptionError, systemClock } from '@greenlang/core'
import { freePort } from './free-port.ts'
import { checkUrl, type GivenUrl, urlError } from './given-url.ts'
import { type CheckedOptions, checkStartOptions, checkWays, type StartOptions } from './options.ts'
import type { Supervisor } from './owned-process.ts'
import { findRedisBinary, type RedisBinary, type RedisWay, redisWays } from './redis-binaries.ts'
import {
  newPassword,
  redisCommand,
  type Settings,
  throwAwaySettings,
  writeConfiguration,
} from './redis-configuration.ts'
import { askRedis } from './redis-probe.ts'
import { type RedisTls, tlsSettings } from './redis-tls.ts'
import { givenServer, ownedServer, type RunningServer } from './running-server.ts'
import { explainFileError, listen, temporaryPrefix, underSupervisor } from './start.ts'

export interface RedisOptions extends StartOptions {
  /** Server to use instead of starting one; an empty string: none. Default `process.env.REDIS_URL`. */
  redisUrl?: string
  /** Ways to get the program, in the order they are tried. Default `['path', 'debian-package']`. */
  from?: readonly RedisWay[]
  /** Paths of PEM files with which a server of ours serves TLS, on a second port, as `tlsUrl`. Default: no TLS. */
  tls?: RedisTls
}

interface Own extends CheckedOptions {
  readonly tls: Settings | undefined
}

/**
 * The Redis of REDIS_URL if that is set, else one of our own on a free port.
 * @throws ServerUnavailableError when none is to be had: callers that can do without Redis catch this one.
 * ServerUrlError, ServerStartError (each one sentence), InvalidOptionError, or the signal's reason.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RunningServer> {
  const checked = checkStartOptions('startRedis', options, ['redisUrl', 'from', 'tls'])
  const ways = checkWays(options.from ?? redisWays, redisWays)
  const url = options.redisUrl ?? process.env.REDIS_URL ?? ''
  const tls = tlsSettings(options.tls)
  if (url === '') return startOwn({ ...checked, tls }, ways)
  if (tls)
    throw new InvalidOptionError('tls', "absent, or redisUrl '': a given server is taken as it is", tls)
  return useGiven(checked, url)
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

async function startOwn(options: Own, ways: readonly RedisWay[]): Promise<RunningServer> {
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
  { port, settings, signal, tls }: Own,
): Promise<RunningServer> {
  const password = newPassword()
  const { directory } = supervisor
  const own = { ...throwAwaySettings(binary, password), ...tls, ...settings }
  const file = await writeConfiguration(directory, own)
  const urlOn = (port: number) => `redis://:${password}@127.0.0.1:${port}`
  let tlsPort = tls && (await freePort())
  const listening = await listen(supervisor, {
    server: 'Redis',
    port,
    signal,
    command: port => ({
      ...redisCommand(binary, directory, [file, '--port', String(port), ...tlsArguments(tlsPort)]),
      stopSignals: ['SIGTERM'],
    }),
    probe: (port, over) => askRedis(urlOn(port), over),
    // Whichever of the two was taken meanwhile, both are looked for anew.
    findPort: async () => {
      if (tls) tlsPort = await freePort()
      return freePort()
    },
  })
  const { version, pid } = listening
  const tlsUrl = tlsPort && urlOn(tlsPort).replace('redis:', 'rediss:')
  const facts = { url: urlOn(listening.port), origin: binary.origin, version, pid }
  return ownedServer(tlsUrl ? { ...facts, tlsUrl } : facts, supervisor)
}

function tlsArguments(port: number | undefined): string[] {
  return port === undefined ? [] : ['--tls-port', String(port)]
}
