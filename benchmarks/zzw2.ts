import { diskTier } from '@greenlang/cache-disk'
import { memoryTier } from '@greenlang/cache-l1'
import { createCache } from '@greenlang/cache-manager'
import { redisBus, redisTier } from '@greenlang/cache-redis'
import { mkdtempSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
const url = process.env.REDIS_URL!
const prefix = `zz${Date.now()}:`
const disk = process.argv[2] === 'disk'
const bus = redisBus({ url, scope: prefix })
const fails: Record<string, number> = {}; const t00 = performance.now()
const cache = createCache({ tiers: [memoryTier({ name: 'memory', maxEntries: 400 }), redisTier({ url, prefix }), ...(disk ? [diskTier({ directory: mkdtempSync('/tmp/zzd'), maxBytes: 2 ** 28 })] : [])], bus, defaults: { ttl: 30_000 }, observer: e => { if (e.type === 'tier-failure') { const k = e.tier + ' ' + e.operation + ' ' + ((e.error as any).code ?? e.error); fails[k] = (fails[k] ?? 0) + 1; if (fails[k] === 1) console.log((performance.now() - t00).toFixed(0), k) } } })
let lag = 0, last = performance.now()
setInterval(() => { const n = performance.now(); lag = Math.max(lag, n - last - 10); last = n }, 10)
let loads = 0, reads = 0, took = 0, inv = 0
const end = performance.now() + 6000
const t0 = performance.now()
while (performance.now() < end) {
  for (let i = 0; i < 6; i++) {
    const k = `k${Math.floor(Math.random() ** 3 * 400)}`
    const b = performance.now()
    cache.getOrSet(k, async () => { loads++; await sleep(5); return { k, t: 'x'.repeat(100) } }, { tags: ['t' + k] }).then(() => { reads++; took += performance.now() - b })
  }
  if (Math.random() < 0.05) { const k = `k${Math.floor(Math.random() * 400)}`; inv++; void cache.invalidate(Math.random() < .5 ? { keys: [k] } : { tags: ['t' + k] }) }
  await sleep(4)
}
const a = cache.analytics()
console.log({ disk, reads, loads, inv, mean: took / reads, lag, tiers: a.tiers.map(t => [t.name, t.lookups, t.hits, t.failures]), coh: a.coherence, fails, cpu: process.cpuUsage().user / 1e3 })
process.exit(0)
