import { systemClock } from '@greenlang/core'
import { afterEach, describe, expect, it } from '@jest/globals'
import { rawClient, until } from '../support.ts'
import { fileRedis, subscriber } from './file-redis.ts'
import { underWatch } from './watch.ts'

const file = fileRedis()
afterEach(() => file.proxy.heal())

const connectionsOf = (label: string) =>
  file.proxy.connections.filter(each => each.label === label).map(({ id }) => id)

describe('R11 Subscriber too slow', () => {
  it('past the output buffer limit of Redis is cut off, and misses no invalidation past the lease', async () => {
    const options = { sources: file.sources(), secrets: file.secrets }
    await underWatch(options, async ({ parties, load, prefix, leaseMs, more, healed }) => {
      const [slow, writer] = parties
      await file.redis.ask('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 256kb 128kb 1')
      await more(60)
      const before = connectionsOf(subscriber)
      file.proxy.set({ held: true }, { label: subscriber, direction: 'down' })
      const heldAt = systemClock.now()
      const [key = ''] = load.keys
      await load.write(writer, 1, key)
      // More than all buffers on the way hold; the bus drops what is not of it.
      const channel = `${prefix}v1{bus}f`
      const flood = await rawClient(file.redis.url)
      await until(async () => (await flood.publish(channel, 'x'.repeat(2 ** 16))) < 2, 'Redis has cut it off')
      flood.destroy()
      await until(async () => systemClock.now() - heldAt > leaseMs * 1.5, 'the lease is over')
      expect(slow.bus.sync().trustedSince).toBeLessThan(systemClock.now() - leaseMs)
      await load.write(writer, 1, key)
      await more(60)
      file.proxy.heal()
      await healed()
      expect(connectionsOf(subscriber).some(id => before.includes(id))).toBe(false)
      expect(writer.bus.traffic().dropped).toBeGreaterThan(0)
      expect(slow.bus.sync().applied).toEqual(slow.bus.sync().known)
    })
  }, 60_000)

  it('as its own loop stalls: what it read before the stall is not taken for fresh after', async () => {
    const options = { sources: file.sources(), secrets: file.secrets, everyMs: 0 }
    await underWatch(options, async ({ parties, load, leaseMs, healed }) => {
      const [stalled] = parties
      const [key = ''] = load.keys
      await load.read(stalled, 0, { key })
      expect(stalled.engine.peek(key)).toHaveProperty('value')
      const begunAt = performance.now()
      while (performance.now() - begunAt < leaseMs * 2) Math.sqrt(begunAt)
      expect(stalled.engine.peek(key)).not.toHaveProperty('value')
      expect(parties.map(({ tier }) => tier.stats().circuit)).toEqual(['closed', 'closed'])
      await healed()
      await load.read(stalled, 0, { key })
      expect(parties.map(({ states }) => states)).toEqual([[], []])
    })
  }, 60_000)
})
