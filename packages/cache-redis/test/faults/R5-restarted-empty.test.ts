import { type BusEvent, systemClock } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { until } from '../support.ts'
import { fileRedis } from './file-redis.ts'
import { underWatch } from './watch.ts'

const file = fileRedis()

describe('R5 Redis restarted empty', () => {
  it('what memory holds is proven or dropped, and each key is loaded once by a process at most', async () => {
    const options = {
      sources: [{ url: file.redis.url }, { url: file.redis.url }],
      secrets: file.secrets,
      everyMs: 0,
    }
    await underWatch(options, async ({ parties, load, healed }) => {
      const keys = load.keys.slice(0, 15)
      const readAll = () =>
        Promise.all(parties.flatMap((party, nth) => keys.map(key => load.read(party, nth, { key }))))
      await readAll()
      const [first, second] = parties
      const { history } = first.bus.sync().known
      const events: BusEvent[] = []
      for (const { bus } of parties) bus.watch(event => events.push(event))
      await file.redis.kill()
      // While it is gone, what is written is known to its writer only.
      const [changed = ''] = keys
      expect(await load.write(first, 0, changed)).toBe(false)
      await file.redis.restart()
      await healed()
      await until(async () => second.bus.sync().known.history !== history, 'the order began anew')
      expect(events.filter(event => event === 'lost').length).toBeGreaterThanOrEqual(2)
      const before = load.loads
      for (let round = 0; round < 5; round += 1) await Promise.all([readAll(), readAll()])
      expect(load.loads - before).toBeLessThanOrEqual(keys.length * parties.length)
      expect(load.loads - before).toBeGreaterThanOrEqual(keys.length)
    })
  }, 60_000)

  it('again and again under load is survived', async () => {
    await underWatch({ sources: file.sources(), secrets: file.secrets }, async watch => {
      for (let round = 0; round < 2; round += 1) {
        await watch.more(60)
        const killedAt = systemClock.now()
        await file.redis.kill()
        await watch.more(20)
        await file.redis.restart()
        await watch.healed()
        expect(
          watch.since(killedAt).filter(({ name, outcome }) => name === 'read' && outcome !== 'ok'),
        ).toEqual([])
      }
    })
  }, 60_000)

  it('by FLUSHALL, with its connections alive, is noticed by the next beat', async () => {
    await underWatch({ sources: file.sources(), secrets: file.secrets }, async watch => {
      await watch.more(100)
      const { history } = watch.parties[0].bus.sync().known
      await file.redis.ask('FLUSHALL')
      await watch.healed()
      expect(watch.parties[0].bus.sync().known.history).not.toBe(history)
      await watch.more(100)
    })
  }, 60_000)
})
