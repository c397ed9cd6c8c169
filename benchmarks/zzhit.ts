import { memoryTier } from '@greenlang/cache-l1'
import { createCache } from '@greenlang/cache-manager'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
const keys = Array.from({ length: 10_000 }, (_, i) => `workflow:${i}`)
const map = new Map(keys.map(k => [k, { id: k }]))
const floor = async (key: string) => map.get(key)
const tier = memoryTier({ maxEntries: 20_000 })
const cache = createCache({ tiers: [tier], defaults: { ttl: '1h' } })
const load = () => ({ id: 'x' })
const opts = { tags: ['t'] }
for (const k of keys) await cache.set(k, { id: k }, opts)
const bento = new BentoCache({ default: 'm', stores: { m: bentostore().useL1Layer(memoryDriver({ maxItems: 20_000 })) } })
for (const k of keys) await bento.set({ key: k, value: { id: k } })
const subjects: Record<string, (k: string) => Promise<unknown>> = {
  floor,
  ours: k => cache.getOrSet(k, load),
  oursTags: k => cache.getOrSet(k, load, opts),
  oursGet: k => cache.get(k),
  bento: k => bento.getOrSet({ key: k, factory: load }),
}
const only = process.argv[2]?.split(',')
const rates: Record<string, number[]> = {}
for (let round = 0; round < 15; round++)
  for (const [name, get] of Object.entries(subjects)) {
    if (only && !only.includes(name)) continue
    const end = performance.now() + 80
    let n = 0
    const t0 = performance.now()
    while (performance.now() < end) {
      for (let i = 0; i < 500; i++) await get(keys[(n + i * 7919) % 10_000]!)
      n += 500
    }
    ;(rates[name] ??= []).push(n / (performance.now() - t0))
  }
const med = (a: number[]) => [...a].sort((x, y) => x - y)[a.length >> 1]!
for (const [n, r] of Object.entries(rates)) console.log(n, (med(r) / 1000).toFixed(2), 'M/s', 'ratio to floor', rates.floor ? med(r.map((x, i) => x / rates.floor![i]!)).toFixed(3) : '', 'x bento', rates.bento ? med(r.map((x, i) => x / rates.bento![i]!)).toFixed(1) : '')
process.exit(0)
