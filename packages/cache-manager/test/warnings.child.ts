/** Many calls on one signal, many refreshes at once: prints the warnings of the process, and what is left on the signal. */
import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { fakeClock } from '@greenlang/testkit'
import { createCache } from '../src/index.ts'
import { deferred, turns } from './support/deferred.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'

const warnings: string[] = []
process.on('warning', ({ name }) => warnings.push(name))
const keys = Array.from({ length: 50 }, (_, n) => `key ${n}`)
const { signal } = new AbortController()

async function callOnOneSignal() {
  await using cache = createCache({ tiers: [mapTier()] })
  const held = deferred<string>()
  const load = () => held.promise
  const loadMany = async (wanted: readonly string[]) =>
    new Map(await Promise.all(wanted.map(async key => [key, await held.promise] as const)))
  const calls = [
    ...keys.map(key => cache.getOrSet(`one ${key}`, load, { signal })),
    cache.getOrSetMany(keys, loadMany, { signal }),
  ]
  await turns(5)
  held.resolve('value')
  await Promise.all(calls)
}

async function refreshAtOnce() {
  const clock = fakeClock()
  const defaults = { ttl: '10s', jitter: 0, refreshAfter: 0.5 } as const
  await using cache = createCache({ tiers: [mapTier({ clock }), leasedTier({ clock })], clock, defaults })
  await cache.setMany(new Map(keys.map(key => [key, 'old'])))
  await clock.advance('6s')
  const held = deferred<string>()
  for (const key of keys) await cache.getOrSet(key, () => held.promise)
  await turns(10)
  held.resolve('new')
  await cache.drain()
}

await callOnOneSignal()
await refreshAtOnce()
await setImmediate()
process.stdout.write(JSON.stringify({ warnings, left: getEventListeners(signal, 'abort').length }))
