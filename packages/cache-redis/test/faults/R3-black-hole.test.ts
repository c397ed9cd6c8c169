import { redisBus, redisTier } from '@greenlang/cache-redis'
import { createEntry, systemClock } from '@greenlang/core'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createClient } from 'redis'
import { ownPrefix, until } from '../support.ts'
import { fileRedis } from './file-redis.ts'
import { underWatch } from './watch.ts'

const file = fileRedis()
afterEach(() => file.proxy.heal())

const connectionIds = () => file.proxy.connections.map(({ id }) => id)

describe('R3 Black hole', () => {
  it.each(['down', 'both'] as const)(
    'on busy connections (%s): what others write meanwhile is not missed past the lease',
    async direction => {
      await underWatch({ sources: file.sources(), secrets: file.secrets }, async watch => {
        const { load, parties, leaseMs } = watch
        const [deaf, writer] = parties
        await watch.more(100)
        file.proxy.set({ dropped: true }, { direction })
        const droppedAt = systemClock.now()
        await until(async () => systemClock.now() - droppedAt > leaseMs * 1.5, 'the lease is over')
        expect(deaf.bus.sync().trustedSince).toBeLessThan(systemClock.now() - leaseMs)
        const [key = ''] = load.keys
        expect(await load.write(writer, 1, key)).toBe(true)
        const checkedAt = systemClock.now() - leaseMs - 1
        await deaf.memory.set(key, { ...createEntry('old', { ttl: '1m' }), checkedAt })
        // What memory holds is older than the lease, so it is not served at once.
        expect(deaf.engine.peek(key)).toHaveProperty('standIns')
        await watch.more(200)
        expect(
          watch.since(droppedAt).filter(({ name, outcome }) => name === 'read' && outcome !== 'ok'),
        ).toEqual([])
        expect(deaf.plain.stats().failures).toBeGreaterThan(10)
        file.proxy.heal()
        await watch.healed()
      })
    },
    60_000,
  )

  it('on idle connections is noticed without a call', async () => {
    const tier = redisTier({ url: file.proxy.url(file.redis.url), prefix: ownPrefix() })
    const works = () =>
      tier.get('key').then(
        () => true,
        () => false,
      )
    await until(works, 'the tier works')
    const before = connectionIds()
    file.proxy.forget()
    await until(async () => connectionIds().some(id => !before.includes(id)), 'there is another connection')
    await until(works, 'the tier works again')
    await tier.close()
  }, 60_000)

  it('leaves nothing on a client that was handed in', async () => {
    const client = createClient({
      url: file.proxy.url(file.redis.url),
      disableOfflineQueue: true,
    })
    client.on('error', () => undefined)
    await client.connect()
    const listeners = () => client.eventNames().map(name => [name, client.listenerCount(name)])
    const before = listeners()
    const prefix = ownPrefix()
    const tier = redisTier({ client, prefix, deadline: 100 })
    const bus = redisBus({ client, scope: prefix, deadline: 100, lease: 400 })
    await until(async () => bus.sync().trustedSince > 0, 'the bus was heard')
    file.proxy.set({ dropped: true })
    await expect(tier.get('key')).rejects.toMatchObject({
      code: expect.stringMatching(/DEADLINE|UNAVAILABLE/),
    })
    // To notice silence is the client's own part, which it has no means for by itself.
    file.proxy.heal()
    file.proxy.resetAll()
    const healedAt = systemClock.now()
    await until(async () => bus.sync().trustedSince > healedAt, 'the bus is heard again')
    await Promise.all([tier.close(), bus.close()])
    expect(listeners()).toEqual(before)
    client.destroy()
  }, 60_000)
})
