/** Who reads: the raw client as the floor, our tier, and two rivals, all on the same server and the same rows. */

import { memoryTier } from '@greenlang/cache-l1'
import { createCache } from '@greenlang/cache-manager'
import { redisTier } from '@greenlang/cache-redis'
import { createEnvelope } from '@greenlang/codec'
import { createEntry } from '@greenlang/core'
import { createGuard } from '@greenlang/resilience'
import { createKeyv as createRedisKeyv } from '@keyv/redis'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisDriver } from 'bentocache/drivers/redis'
import { Cacheable, createKeyv as createMemoryKeyv } from 'cacheable'
import { createClient, RESP_TYPES } from 'redis'

/** One way to read rows that are all there. */
export interface Reader {
  readonly name: string
  get(key: string): Promise<unknown>
  getMany?(keys: readonly string[]): Promise<unknown>
  fill(keys: readonly string[], row: (key: string) => unknown): Promise<void>
  close(): Promise<void>
}

const hour = 3_600_000

export async function openReaders(url: string): Promise<readonly Reader[]> {
  const readers = [await raw(url), await guardedRaw(url), ours(url), cache(url)]
  for (const withMemory of [false, true]) readers.push(bento(url, withMemory), cacheable(url, withMemory))
  return readers
}

async function connect(url: string) {
  const client = createClient({
    url,
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

async function raw(url: string): Promise<Reader> {
  const client = await connect(url)
  const envelope = createEnvelope()
  const read = async (key: string, bytes: unknown) => {
    const decoded = await envelope.decode(key, bytes as Uint8Array)
    return decoded.kind === 'entry' ? decoded.entry : undefined
  }
  return {
    name: 'node-redis GET, decoded',
    get: async key => read(key, await client.sendCommand(['GET', `raw:${key}`])),
    async getMany(keys) {
      const all = (await client.sendCommand([
        'MGET',
        ...keys.map(key => `raw:${key}`),
      ])) as unknown as Buffer[]
      return Promise.all(keys.map((key, index) => read(key, all[index])))
    },
    async fill(keys, row) {
      for (const key of keys) {
        const bytes = await envelope.encode(key, createEntry(row(key), { ttl: '1h' }))
        await client.sendCommand(['SET', `raw:${key}`, Buffer.from(bytes)])
      }
    },
    close: () => client.close(),
  }
}

/** The floor behind deadline and breaker, to see what those cost. */
async function guardedRaw(url: string): Promise<Reader> {
  const inner = await raw(url)
  const guard = createGuard({ name: 'redis' })
  return {
    ...inner,
    name: 'the same behind a guard',
    get: key => guard.run(() => inner.get(key)),
    async close() {
      guard.close()
      await inner.close()
    },
  }
}

function ours(url: string): Reader {
  const tier = redisTier({ url, prefix: 'bench:', deadline: '5s' })
  return {
    name: 'redisTier',
    get: key => Promise.resolve(tier.get(key)),
    getMany: keys => Promise.resolve(tier.getMany(keys)),
    async fill(keys, row) {
      await tier.setMany(new Map(keys.map(key => [key, createEntry(row(key), { ttl: '1h' })])))
    },
    close: async () => tier.close(),
  }
}

/** Rows in the memory tier of those that have one: so few that next to every read goes on to Redis. */
const fewRows = 16

/** As people run it: memory before Redis. */
function cache(url: string): Reader {
  const memory = memoryTier({ maxEntries: fewRows })
  const shared = redisTier({ url, prefix: 'bench-cache:', deadline: '5s' })
  const cache = createCache({ tiers: [memory, shared] })
  return {
    name: 'createCache, memory and Redis',
    get: key => cache.get(key),
    async fill(keys, row) {
      await shared.setMany(new Map(keys.map(key => [key, createEntry(row(key), { ttl: '1h' })])))
    },
    close: () => cache.close(),
  }
}

function bento(url: string, withMemory: boolean): Reader {
  const { hostname: host, port, password } = new URL(url)
  const driver = redisDriver({ connection: { host, port: Number(port), password } })
  const shared = bentostore().useL2Layer(driver)
  const rows = withMemory ? shared.useL1Layer(memoryDriver({ maxItems: fewRows })) : shared
  const prefix = withMemory ? 'both' : 'redis'
  const cache = new BentoCache({ default: 'rows', prefix: `bento-${prefix}`, stores: { rows } })
  return {
    name: withMemory ? 'bentocache, memory and Redis' : 'bentocache, Redis only',
    get: key => cache.get({ key }),
    async fill(keys, row) {
      for (const key of keys) await cache.set({ key, value: row(key), ttl: hour })
    },
    close: () => cache.disconnectAll(),
  }
}

function cacheable(url: string, withMemory: boolean): Reader {
  const shared = createRedisKeyv(url, { namespace: withMemory ? 'cacheable-both' : 'cacheable-redis' })
  const cache = withMemory
    ? new Cacheable({ primary: createMemoryKeyv({ lruSize: fewRows }), secondary: shared })
    : new Cacheable({ primary: shared })
  return {
    name: withMemory ? 'cacheable, memory and Redis' : 'cacheable, Redis only',
    get: key => cache.get(key),
    async fill(keys, row) {
      for (const key of keys) await cache.set(key, row(key), hour)
    },
    close: () => cache.disconnect(),
  }
}
