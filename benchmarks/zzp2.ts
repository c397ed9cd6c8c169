import { memoryTier } from '@greenlang/cache-l1'
import { createCache } from '@greenlang/cache-manager'
const keys = Array.from({ length: 10_000 }, (_, i) => `workflow:${i}`)
const tier = memoryTier({ maxEntries: 20_000 })
const cache = createCache({ tiers: [tier], defaults: { ttl: '1h' } })
for (const k of keys) await cache.set(k, { id: k })
const load = () => 1
let n = 0
const end = performance.now() + 6000
while (performance.now() < end) {
  for (let i = 0; i < 500; i++) await cache.getOrSet(keys[(n + i * 7919) % 10_000]!, load)
  n += 500
}
console.log(6e9 / n, 'ns')
