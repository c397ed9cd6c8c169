import { redisTier } from '@greenlang/cache-redis'
import { jsonCodec } from '@greenlang/codec'
import { testRedisUrl } from '@greenlang/servers'
import { tierContract } from '@greenlang/testkit'
import { afterAll, describe, expect, it } from '@jest/globals'
import { ownPrefix, removeOwnKeys } from './support.ts'

const url = testRedisUrl()
/** Dates go over the wire by the clock of the server, with what is not known of that taken off. */
const earlyMs = 100
afterAll(removeOwnKeys)

const keys = [{ id: 'first', secret: Buffer.alloc(32, 7) }]
const variants: Readonly<Record<string, object>> = {
  redisTier: {},
  'redisTier with JSON': { codec: jsonCodec() },
  'redisTier with gzip': { compression: 'gzip' },
  'redisTier with brotli': { compression: 'brotli', compressAbove: 0 },
  'redisTier that signs': { seal: { mode: 'sign', keys } },
  'redisTier that encrypts': { seal: { mode: 'encrypt', keys }, compression: 'gzip' },
}

for (const [name, options] of Object.entries(variants))
  tierContract(
    { describe, it, expect },
    name,
    // Long, for machines that are busy: deadlines are tested elsewhere.
    ({ clock }) => redisTier({ url, prefix: ownPrefix(), clock, deadline: '10s', ...options }),
    { earlyMs },
  )
