import { redisTier } from '@greenlang/cache-redis'
import { jsonCodec } from '@greenlang/codec'
import { testRedisUrl } from '@greenlang/servers'
import { tierContract } from '@greenlang/testkit'
import { afterAll, describe, expect, it } from '@jest/globals'
import { ownPrefix, removeOwnKeys } from './support.ts'

const url = testRedisUrl()
afterAll(removeOwnKeys)

tierContract({ describe, it, expect }, 'redisTier', ({ clock }) =>
  redisTier({ url, prefix: ownPrefix(), clock }),
)
tierContract({ describe, it, expect }, 'redisTier with JSON', ({ clock }) =>
  redisTier({ url, prefix: ownPrefix(), clock, codec: jsonCodec() }),
)
