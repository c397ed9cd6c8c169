/** The example service as a process of its own, the way a user runs it: measured over HTTP, ended by a signal. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Example } from '@greenlang/example-workflow-api'

export interface ServiceProcess {
  readonly url: string
  /** Resolves when the process has ended, however. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

export interface ServiceOptions {
  databaseUrl: string
  /** Default: none. */
  redis?: { url: string; prefix: string }
  /** Default: none. */
  cacheDirectory?: string
  port: number
  /** Default: none. */
  processName?: string
  examples: readonly Example[]
}

const main = fileURLToPath(import.meta.resolve('@greenlang/example-workflow-api/main'))
const longestStopMs = 12_000

/** @throws Error with the service's own sentence if it ends before it listens. */
export async function startServiceProcess(options: ServiceOptions): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [...process.execArgv, main], {
    env: environment(options),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: true,
  })
  let said = ''
  child.stderr?.on('data', chunk => {
    said = (said + chunk).slice(-2_000)
  })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const stop = async () => {
    const kill = setTimeout(() => child.kill('SIGKILL'), longestStopMs)
    child.kill('SIGTERM')
    await ended
    clearTimeout(kill)
  }
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', message => resolve((message as { url: string }).url))
    child.once('error', reject)
    child.once('close', () => reject(new Error(`the service did not start: ${said.trim()}`)))
  })
  return { url, ended, stop }
}

function environment(options: ServiceOptions): NodeJS.ProcessEnv {
  const { DATABASE_URL: _database, REDIS_URL: _redis, ...rest } = process.env
  return {
    ...rest,
    NODE_ENV: 'production',
    DATABASE_URL: options.databaseUrl,
    ...(options.redis ? { REDIS_URL: options.redis.url, REDIS_PREFIX: options.redis.prefix } : {}),
    ...(options.cacheDirectory ? { CACHE_DIRECTORY: options.cacheDirectory } : {}),
    ...(options.processName ? { PROCESS_NAME: options.processName } : {}),
    PORT: String(options.port),
    EXAMPLES: JSON.stringify(options.examples),
  }
}
