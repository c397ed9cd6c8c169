import { systemClock } from '@greenlang/core'
import { seededRandom } from '@greenlang/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { fileRedis } from './file-redis.ts'
import { underWatch, type Watch } from './watch.ts'

const file = fileRedis()
afterEach(() => file.redis.ask('CONFIG', 'SET', 'maxmemory', '0'))

const random = seededRandom(13)
const options = () => ({ sources: file.sources(), secrets: file.secrets })

/** Every key of the test, by a share of the names: values, leases, versions, the record and the stream of the bus. */
async function remove({ prefix }: Watch, share: number): Promise<number> {
  const keys = (await file.redis.ask('KEYS', `${prefix}*`)) as string[]
  const chosen = keys.filter(() => random() < share)
  return chosen.length === 0 ? 0 : Number(await file.redis.ask('DEL', ...chosen))
}

describe('R13 Values, leases and records evicted', () => {
  it('at random, again and again, brings back nothing that was dropped', async () => {
    await underWatch(options(), async watch => {
      let removed = 0
      const begunAt = systemClock.now()
      for (let round = 0; round < 15; round += 1) {
        await watch.more(20)
        removed += await remove(watch, 0.4)
      }
      expect(removed).toBeGreaterThan(50)
      const outcomes = new Set(watch.since(begunAt).map(({ outcome }) => outcome))
      expect([...outcomes].filter(outcome => outcome !== 'ok' && outcome !== 'DEADLINE')).toEqual([])
      await watch.healed()
    })
  }, 60_000)

  it('the record alone: the order begins anew, and what memory holds is proven again', async () => {
    await underWatch(options(), async watch => {
      const [{ bus }] = watch.parties
      for (let round = 0; round < 3; round += 1) {
        await watch.more(40)
        const { history } = bus.sync().known
        await file.redis.ask('DEL', `${watch.prefix}v1{bus}h`)
        await watch.healed()
        expect(bus.sync().known.history).not.toBe(history)
      }
    })
  }, 60_000)

  it('by Redis itself, maxmemory-policy allkeys-random', async () => {
    await underWatch(options(), async watch => {
      await file.redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random')
      await watch.more(100)
      const info = String(await file.redis.ask('INFO', 'memory'))
      const used = Number(/used_memory:(\d+)/.exec(info)?.[1])
      const evicted = async () =>
        Number(/evicted_keys:(\d+)/.exec(String(await file.redis.ask('INFO', 'stats')))?.[1])
      const before = await evicted()
      await file.redis.ask('CONFIG', 'SET', 'maxmemory', String(used - 20_000))
      await watch.more(300)
      await file.redis.ask('CONFIG', 'SET', 'maxmemory', '0')
      expect((await evicted()) - before).toBeGreaterThan(0)
      await watch.healed()
    })
  }, 60_000)
})
