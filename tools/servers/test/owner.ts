// A process that owns a server: `node owner.ts '{"server": "redis", "options": {…}}'`. Writes JSON lines, {report},
// then {ready} or {failed}, and lives on until it is killed or its stdin ends, after which it stops the server.
import { once } from 'node:events'
import { startCluster, startPostgres, startRedis, startSentinel } from '../src/index.ts'

const { server, options } = JSON.parse(process.argv[2] ?? '{}')
const write = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`)
const starts = { cluster: startCluster, postgres: startPostgres, redis: startRedis, sentinel: startSentinel }
const start = starts[server as keyof typeof starts]

// A terminal's Ctrl-C reaches every process of the group. This one takes its time to end in order.
process.on('SIGINT', () => write({ interrupted: true }))
try {
  const running = await start({ ...options, report: line => write({ report: line }) })
  write({ ready: running })
  process.stdin.resume()
  await once(process.stdin, 'end')
  await running.stop()
  write({ stopped: true })
} catch (error) {
  const { name, code, reason, message } = error as Error & { code?: string; reason?: string }
  write({ failed: { name, code, reason, message } })
  process.exitCode = 1
}
