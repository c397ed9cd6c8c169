/** The part of a start that both servers share: under a supervisor, on a free port, until it answers. */
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { systemClock } from '@greenlang/core'
import { type ServerKind, ServerStartError } from './error.ts'
import { freePort } from './free-port.ts'
import { type Command, type OwnedProcess, openSupervisor, type Supervisor } from './owned-process.ts'

/** How many free ports are tried: each may be taken by another process between our look and the server's `bind`. */
const portAttempts = 5
/** Between two looks whether it answers. */
const readyPollMs = 25

/**
 * Runs `work` under a new supervisor and leaves that running for its result. When `work` fails or `signal` aborts,
 * everything is ended and removed before this rejects; after an abort, with the signal's reason.
 */
export async function underSupervisor<T>(
  place: { prefix: string; signal: AbortSignal | undefined },
  work: (supervisor: Supervisor) => Promise<T>,
): Promise<T> {
  const { prefix, signal } = place
  signal?.throwIfAborted()
  const supervisor = await openSupervisor(prefix)
  const interrupt = () => supervisor.interrupt()
  signal?.addEventListener('abort', interrupt, { once: true })
  try {
    if (signal?.aborted) interrupt()
    const result = await work(supervisor)
    signal?.throwIfAborted()
    supervisor.unref()
    return result
  } catch (error) {
    // `work` has ended by now, so nothing writes into the directory while it is removed.
    await supervisor.close()
    throw signal?.aborted ? signal.reason : error
  } finally {
    signal?.removeEventListener('abort', interrupt)
  }
}

/** In the directory for temporary files, a prefix that tells what it is and whose. */
export function temporaryPrefix(server: ServerKind): string {
  return join(tmpdir(), `greenlang-${server.toLowerCase()}-${process.pid}-`)
}

export interface Listening {
  readonly pid: number
  readonly port: number
  readonly version: string
  /** Resolves when it has ended. */
  readonly exited: Promise<unknown>
}

export interface ListenPlan {
  readonly server: ServerKind
  /** The port asked for. Default: a free one. */
  readonly port: number | undefined
  readonly signal: AbortSignal | undefined
  command(port: number): Command
  /** Resolves with the version once the server answers as ours; rejects while it does not. */
  probe(port: number, signal: AbortSignal): Promise<string>
  /** Default `freePort`. */
  readonly findPort?: () => Promise<number>
  /** How long the server may take to answer, in ms: a fresh one needs half a second, a busy machine more. Default 60000. */
  readonly readyLimitMs?: number
}

/** Starts the server and waits until it answers; a port taken meanwhile is replaced by another free one. */
export async function listen(supervisor: Supervisor, plan: ListenPlan): Promise<Listening> {
  const findPort = plan.findPort ?? freePort
  for (let attempt = 1; ; attempt += 1) {
    const port = plan.port ?? (await findPort())
    const owned = await supervisor.start(plan.command(port))
    const outcome = await firstAnswer(owned, plan, port)
    if ('version' in outcome) return { pid: owned.pid, port, version: outcome.version, exited: owned.exited }
    if (!/address already in use/i.test(outcome.output))
      throw exitError(plan.server, supervisor.directory, outcome.output)
    if (plan.port !== undefined || attempt === portAttempts) throw portError(plan.server, port)
  }
}

async function firstAnswer(
  owned: OwnedProcess,
  plan: ListenPlan,
  port: number,
): Promise<{ version: string } | { output: string }> {
  const ended = new AbortController()
  const exited = owned.exited.then(exit => {
    ended.abort()
    return exit
  })
  const over = plan.signal ? AbortSignal.any([plan.signal, ended.signal]) : ended.signal
  const ready = untilReady(plan, port, over)
  // When it ended, `ready` ends too and has nothing to add.
  ready.catch(() => {})
  return Promise.race([ready, exited])
}

async function untilReady(plan: ListenPlan, port: number, over: AbortSignal): Promise<{ version: string }> {
  const { readyLimitMs = 60_000 } = plan
  const deadline = systemClock.now() + readyLimitMs
  for (;;) {
    try {
      return { version: await plan.probe(port, over) }
    } catch (cause) {
      over.throwIfAborted()
      if (systemClock.now() > deadline) throw timeoutError(plan.server, readyLimitMs, cause)
    }
    await systemClock.sleep(readyPollMs)
  }
}

const tellingWords = /fatal|error|fail|denied|invalid|unrecognized|^>>>|^bad /i

/** What its output says about why it ended, in one sentence. */
export function exitError(server: ServerKind, directory: string, output: string): ServerStartError {
  if (/no space left on device/i.test(output)) return diskFullError(server, directory)
  const lines = output
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  const telling = lines.filter(line => tellingWords.test(line))
  const words = (telling.length > 0 ? telling : lines).slice(-2).join(' ').slice(0, 400)
  const said = words === '' ? 'it said nothing' : `its last words: ${words}`
  return new ServerStartError(server, 'exited', `${server} ended while it was starting; ${said}`)
}

/** A failure of the file system while preparing the start, in one sentence; any other error unchanged. */
export function explainFileError(server: ServerKind, directory: string, error: unknown): unknown {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown }
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFullError(server, directory, error)
  if (syscall !== 'mkdtemp') return error
  const message =
    `${server} could not be started: no directory can be made in ${dirname(directory)} (${code}); ` +
    'set TMPDIR to a directory that exists and may be written'
  return new ServerStartError(server, 'unreachable-directory', message, { cause: error })
}

function diskFullError(server: ServerKind, directory: string, cause?: unknown): ServerStartError {
  const message =
    `${server} could not be started: the disk that holds ${dirname(directory)} is full; ` +
    'free 200 MB there, or set TMPDIR to a directory on another disk'
  return new ServerStartError(server, 'disk-full', message, { cause })
}

function portError(server: ServerKind, port: number): ServerStartError {
  const message = `${server} could not listen on 127.0.0.1:${port}: the port is in use; choose another, or leave the choice to it`
  return new ServerStartError(server, 'port-in-use', message)
}

function timeoutError(server: ServerKind, readyLimitMs: number, cause: unknown): ServerStartError {
  const message = `${server} was started and did not answer within ${readyLimitMs} ms; look at the load of this machine, then try again`
  return new ServerStartError(server, 'timeout', message, { cause })
}
