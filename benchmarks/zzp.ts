import { memoryTier } from '@greenlang/cache-l1'
import { createCache } from '@greenlang/cache-manager'
import { systemClock } from '@greenlang/core'
const keys = Array.from({ length: 10_000 }, (_, i) => `workflow:${i}`)
const map = new Map(keys.map(k => [k, { id: k }]))
const tier = memoryTier({ maxEntries: 20_000 })
const cache = createCache({ tiers: [tier], defaults: { ttl: '1h' } })
const load = () => ({ id: 'x' })
for (const k of keys) await cache.set(k, { id: k })
for (const k of keys) await cache.get(k)
const t2 = memoryTier({ maxEntries: 20_000 }); for (const k of keys) t2.put(k, { id: k })
const subjects: Record<string, (k: string) => unknown> = {
  floor: async (key: string) => map.get(key),
  floor2: async (key: string) => { systemClock.turn(); return map.get(key) },
  floor3: async (key: string) => { performance.now(); return map.get(key) },
  tierValue: async (key: string) => t2.value(key),
  wrapped: (key: string) => (async () => map.get(key))(),
  ours: k => cache.get(k),
}
const rates: Record<string, number[]> = {}
for (let round = 0; round < 15; round++)
  for (const [name, get] of Object.entries(subjects)) {
    const end = performance.now() + 60
    let n = 0
    const t0 = performance.now()
    while (performance.now() < end) {
      for (let i = 0; i < 500; i++) await get(keys[(n + i * 7919) % 10_000]!)
      n += 500
    }
    ;(rates[name] ??= []).push(1e6 / (n / (performance.now() - t0)))
  }
const med = (a: number[]) => [...a].sort((x, y) => x - y)[a.length >> 1]!
for (const [n, r] of Object.entries(rates)) console.log(n, med(r).toFixed(0), 'ns')
process.exit(0)
