import { redisBus } from '@greenlang/cache-redis'
import { testRedisUrl } from '@greenlang/servers'
import { busContract } from '@greenlang/testkit'
import { afterAll, describe, expect, it } from '@jest/globals'
import { ownPrefix, removeOwnKeys } from './support.ts'

afterAll(removeOwnKeys)

// As long a deadline as a machine under load needs.
busContract({ describe, it, expect }, 'redisBus', () =>
  redisBus({ url: testRedisUrl(), scope: ownPrefix(), deadline: '5s' }),
)
