/** What one who waits for a load weighs in bytes, with the limit of 30 s and without one: alone in a process, for jest's own hooks weigh too. */
import { createCache } from '../src/index.ts'
import { heldLoader, turns } from './support/deferred.ts'
import { heapAfterGc } from './support/heap-after-gc.ts'
import { mapTier } from './support/map-tier.ts'

const crowd = 10_000

async function weigh(timeouts: { readonly hard?: number }): Promise<number> {
  await using cache = createCache({ tiers: [mapTier()] })
  const { load, resolve, calls } = heldLoader<string>()
  await cache.get('other')
  const before = heapAfterGc()
  const callers = Array.from({ length: crowd }, () => cache.getOrSet('key', load, { timeouts }))
  await turns()
  const bytesEach = (heapAfterGc() - before) / crowd
  resolve('value')
  await Promise.all(callers)
  if (calls() !== 1) throw new Error(`${calls()} loads`)
  return bytesEach
}

// The first ones pay for the code that is compiled.
await weigh({})
const [limited, unlimited] = [await weigh({}), await weigh({ hard: Number.POSITIVE_INFINITY })]
process.stdout.write(JSON.stringify({ limited, unlimited }))
