import { systemClock } from '@greenlang/core'
import { afterEach, describe, expect, it } from '@jest/globals'
import { until } from '../support.ts'
import { fileRedis } from './file-redis.ts'
import { underWatch } from './watch.ts'

const file = fileRedis()
const memory = (bytes: string) => file.redis.ask('CONFIG', 'SET', 'maxmemory', bytes)
afterEach(() => memory('0'))

describe('R12 Redis full, maxmemory-policy noeviction', () => {
  it('reads go on, writes are refused with OOM and counted, the circuit stays closed', async () => {
    await underWatch({ sources: file.sources(), secrets: file.secrets }, async watch => {
      await file.redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
      await watch.more(100)
      await memory('1')
      const fullAt = systemClock.now()
      await watch.more(300)
      const full = watch.since(fullAt)
      const ofName = (...names: string[]) => full.filter(({ name }) => names.includes(name))
      expect(ofName('get', 'getMany', 'read').filter(({ outcome }) => outcome !== 'ok')).toEqual([])
      expect(ofName('set').length).toBeGreaterThan(0)
      expect(new Set(ofName('set').map(({ outcome }) => outcome))).toEqual(new Set(['REDIS_REPLY']))
      const replies = watch.calls.errors.map(error => (error as { reply?: unknown }).reply)
      expect(new Set(replies)).toEqual(new Set(['OOM']))
      expect(watch.parties.map(({ states }) => states)).toEqual([[], []])
      expect(watch.failures()).toBeGreaterThanOrEqual(ofName('set').length)
      await memory('0')
      await watch.healed()
      await until(async () => watch.parties.every(({ engine }) => engine.queued === 0), 'all was told')
    })
  }, 60_000)
})
