/** One subject, in a process of its own: hits in memory, one after the other, for as long as it is told. */
import { memoryTier } from '@greenlang/cache-l1'
import { createCache } from '@greenlang/cache-manager'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { type hitSubjects, keyCount } from './hit-subjects.ts'

type Get = (key: string) => Promise<unknown>

const keys = Array.from({ length: keyCount }, (_, number) => `workflow:${number}`)
const flowOf = (id: string) => ({ id, name: 'nightly' })
const room = 2 * keyCount
const stride = 7_919
const callsPerLook = 500

const openers: Readonly<Record<(typeof hitSubjects)[number], () => Promise<Get>>> = {
  async floor() {
    const map = new Map(keys.map(key => [key, flowOf(key)]))
    return async key => map.get(key)
  },
  async ours() {
    const cache = createCache({ tiers: [memoryTier({ maxEntries: room })], defaults: { ttl: '1h' } })
    for (const key of keys) await cache.set(key, flowOf(key))
    const load = () => flowOf('')
    return key => cache.getOrSet(key, load)
  },
  async 'ours, tagged'() {
    const cache = createCache({ tiers: [memoryTier({ maxEntries: room })], defaults: { ttl: '1h' } })
    for (const [number, key] of keys.entries())
      await cache.set(key, flowOf(key), { tags: [`user:${number % 100}`] })
    await cache.invalidate({ tags: ['user:none'] })
    const load = () => flowOf('')
    const options = { tags: ['user:1'] }
    return key => cache.getOrSet(key, load, options)
  },
  async bentocache() {
    const store = bentostore().useL1Layer(memoryDriver({ maxItems: room }))
    const bento = new BentoCache({ default: 'memory', stores: { memory: store }, ttl: '1h' })
    for (const key of keys) await bento.set({ key, value: flowOf(key) })
    const factory = () => flowOf('')
    return key => bento.getOrSet({ key, factory })
  },
}

const subject = process.argv[2] as (typeof hitSubjects)[number]
const get = await openers[subject]()

/** Calls a millisecond. */
async function round(ms: number): Promise<number> {
  const begun = performance.now()
  let [calls, now] = [0, begun]
  while (now - begun < ms) {
    for (let call = 0; call < callsPerLook; call += 1)
      await get(keys[(calls + call * stride) % keyCount] ?? '')
    calls += callsPerLook
    now = performance.now()
  }
  return calls / (now - begun)
}

process.on('message', async ({ ms }: { ms: number }) => process.send?.({ rate: await round(ms) }))
process.send?.({ ready: true })
