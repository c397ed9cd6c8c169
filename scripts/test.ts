// `npm test`: real servers, then every test of the family against them. Arguments go to jest.
import { spawn } from 'node:child_process'
import { startPostgres, startRedis } from '@greenlang/servers'
import { systemTestFlags } from './system-tests.ts'

const stop = new AbortController()
let exitCode: number | undefined
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    exitCode ??= exitCodes[signal]
    stop.abort(new Error(`stopped by ${signal}`))
  })

async function main(): Promise<number> {
  const report = (line: string) => process.stderr.write(`${line}\n`)
  const options = { report, signal: stop.signal }
  const started = await Promise.allSettled([startPostgres(options), startRedis(options)])
  const servers = started.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  try {
    for (const result of started) if (result.status === 'rejected') throw result.reason
    const [postgres, redis] = servers
    const flags = systemTestFlags(report)
    return await jest(flags, { DATABASE_URL: postgres?.url ?? '', REDIS_URL: redis?.url ?? '' })
  } finally {
    await Promise.all(servers.map(server => server.stop()))
  }
}

function jest(flags: readonly string[], urls: Record<string, string>): Promise<number> {
  stop.signal.throwIfAborted()
  const node = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js']
  const child = spawn(process.execPath, [...node, ...process.argv.slice(2), ...flags], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...urls },
  })
  stop.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', code => resolve(code ?? 1))
  })
}

try {
  const code = await main()
  process.exitCode = exitCode ?? code
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = exitCode ?? 1
}
