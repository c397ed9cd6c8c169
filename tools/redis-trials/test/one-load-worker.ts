/** One process with a whole cache, that asks for one key as often as it is told, all at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryTier } from '@greenlang/cache-l1'
import { createCache } from '@greenlang/cache-manager'
import { redisBus, redisTier } from '@greenlang/cache-redis'
import { serveCalls } from '../src/calls.ts'
import { openDatabase } from '../src/database-client.ts'
import type { Asked, OneLoadJob, OneLoadSettings } from './one-load-job.ts'

type Life = Awaited<ReturnType<typeof begin>>
let life: Life | undefined

serveCalls<OneLoadJob>({
  async prepare(settings) {
    life = await begin(settings)
  },
  ask: ({ key, times }) => life?.ask(key, times) ?? Promise.reject(new RangeError('not prepared')),
  async finish() {
    await life?.close()
  },
})

async function begin({ url, prefix, databasePort, number, loadMs }: OneLoadSettings) {
  const database = await openDatabase(databasePort, number)
  const cache = createCache({
    tiers: [memoryTier({ maxEntries: 1_000 }), redisTier({ url, prefix })],
    bus: redisBus({ url, scope: prefix }),
    defaults: { ttl: '1m' },
  })
  // Connected, and trusted.
  while ((await cache.health()).state !== 'healthy') await sleep(10)
  return {
    async ask(key: string, times: number): Promise<Asked> {
      let loads = 0
      const load = async () => {
        loads += 1
        const [commit] = await database.commit([key], false)
        await sleep(loadMs)
        return commit?.version
      }
      const outcomes = await Promise.allSettled(
        Array.from({ length: times }, () => cache.getOrSet(key, load)),
      )
      const values = outcomes.map(one => (one.status === 'fulfilled' ? one.value : String(one.reason)))
      return { loads, answers: outcomes.length, values: [...new Set(values)] }
    },
    async close() {
      await cache.close()
      database.close()
    },
  }
}
