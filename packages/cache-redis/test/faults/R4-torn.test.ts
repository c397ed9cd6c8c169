import { redisTier } from '@greenlang/cache-redis'
import { createEntry } from '@greenlang/core'
import { afterEach, describe, expect, it } from '@jest/globals'
import { ownPrefix } from '../support.ts'
import { fileRedis } from './file-redis.ts'
import { underWatch } from './watch.ts'

const file = fileRedis()
afterEach(() => file.proxy.heal())

describe('R4 Reset in the middle of a reply, replies in slices', () => {
  it.each(['reset', 'end'] as const)(
    'at each offset of a reply (%s) gives the value or an error',
    async atLimit => {
      const prefix = ownPrefix()
      const value = { key: 'key', number: 1, text: 'whole' }
      const direct = redisTier({ url: file.redis.url, prefix })
      await direct.set('key', createEntry(value, { ttl: '5m' }))
      await direct.close()
      const outcomes = { values: 0, errors: 0 }
      for (let offset = 0; outcomes.values < 3; offset += 1) {
        const tier = redisTier({ url: file.proxy.url(file.redis.url), prefix, deadline: '2s' })
        // The first read asks for the time as well.
        expect((await tier.get('key'))?.value).toEqual(value)
        file.proxy.set({ limitBytes: offset, atLimit }, { direction: 'down' })
        try {
          expect((await tier.get('key'))?.value).toEqual(value)
          outcomes.values += 1
        } catch (error) {
          expect((error as { code?: unknown }).code).toBe('REDIS_UNAVAILABLE')
          outcomes.errors += 1
        }
        file.proxy.heal()
        await tier.close()
      }
      // Each offset within the reply broke it: the first that did not is its length.
      expect(outcomes.errors).toBeGreaterThan(50)
    },
    60_000,
  )

  it('in slices of one byte changes nothing', async () => {
    await underWatch(
      { sources: file.sources(), secrets: file.secrets, deadlineMs: 2_000, everyMs: 100 },
      async watch => {
        file.proxy.set({ sliceBytes: 1 })
        const sliced = await watch.more(40)
        expect(sliced.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
        file.proxy.heal()
      },
    )
  }, 60_000)

  it('again and again under load tears no value', async () => {
    await underWatch({ sources: file.sources(), secrets: file.secrets }, async watch => {
      for (let round = 0; round < 5; round += 1) {
        await watch.more(40)
        file.proxy.set({ limitBytes: 100 + 37 * round }, { direction: 'down' })
        await watch.more(20)
        file.proxy.heal()
        expect(file.proxy.resetAll()).toBeGreaterThanOrEqual(0)
      }
      await watch.healed()
      expect(watch.parties[0].plain.stats().failures).toBeGreaterThan(0)
      expect(watch.parties[1].plain.stats().failures).toBe(0)
    })
  }, 60_000)
})
