// The service as a process: `node main.js` with DATABASE_URL, and REDIS_URL, CACHE_DIRECTORY, PORT, HOST if wanted.
import { systemClock } from '@greenlang/core'
import type { Example } from './operations.ts'
import { startService } from './service.ts'
import { readSettings } from './settings.ts'

const longestShutdownMs = 10_000

try {
  const examples: readonly Example[] = JSON.parse(process.env.EXAMPLES ?? '[]')
  const service = await startService(readSettings(process.env), examples)
  process.stdout.write(`listening on ${service.url}\n`)
  process.send?.({ url: service.url })
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    void systemClock.sleep(longestShutdownMs, { ref: false }).then(() => process.exit(1))
    await service.close()
    process.disconnect?.()
  }
  // A parent that is gone cannot send a signal: its channel closing is one.
  for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(event, stop)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
  process.disconnect?.()
}
