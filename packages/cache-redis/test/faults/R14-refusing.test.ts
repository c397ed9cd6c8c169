import { redisTier } from '@greenlang/cache-redis'
import { createEntry } from '@greenlang/core'
import { afterEach, describe, expect, it } from '@jest/globals'
import { closeAll, fakeRedis, greeting, isGreeting } from '../connect-support.ts'
import { failureOf, ownPrefix, until } from '../support.ts'
import { fileRedis } from './file-redis.ts'
import { underWatch, type Watch } from './watch.ts'

const file = fileRedis()
afterEach(async () => {
  await file.redis.ask('REPLICAOF', 'NO', 'ONE')
  await closeAll()
})

const options = () => ({ sources: file.sources(), secrets: file.secrets })
const repliesOf = ({ calls }: Watch) =>
  new Set(
    calls.errors.map(error => (error as { reply?: unknown }).reply).filter(reply => reply !== undefined),
  )
const newest = () => Math.max(0, ...file.proxy.connections.map(({ id }) => id))
const asUser = (user: string) => {
  const url = new URL(file.redis.url)
  url.username = user
  url.password = 'limited'
  return url.href
}

describe('R14 Redis refuses', () => {
  it('READONLY, for it became a replica: reads go on, writes are refused, and it is not stormed', async () => {
    await underWatch(options(), async watch => {
      await watch.more(100)
      const before = newest()
      await file.redis.ask('REPLICAOF', '127.0.0.1', '1')
      const refused = await watch.more(300)
      expect(repliesOf(watch)).toContain('READONLY')
      expect(refused.filter(({ name, outcome }) => name === 'read' && outcome !== 'ok')).toEqual([])
      expect(refused.filter(({ name, outcome }) => name === 'get' && outcome === 'REDIS_REPLY')).toEqual([])
      expect(newest() - before).toBeLessThan(10)
      await file.redis.ask('REPLICAOF', 'NO', 'ONE')
      await watch.healed()
    })
  }, 60_000)

  it('MASTERDOWN, for it is a replica without its primary: an outage, with all that guards against one', async () => {
    await underWatch(options(), async watch => {
      await watch.more(100)
      const before = newest()
      await file.redis.ask('CONFIG', 'SET', 'replica-serve-stale-data', 'no')
      await file.redis.ask('REPLICAOF', '127.0.0.1', '1')
      const refused = await watch.more(300)
      expect(repliesOf(watch)).toContain('MASTERDOWN')
      expect(refused.filter(({ name, outcome }) => name === 'read' && outcome !== 'ok')).toEqual([])
      expect(watch.parties.map(({ states }) => states.includes('open'))).toEqual([true, true])
      expect(newest() - before).toBeLessThan(20)
      await file.redis.ask('REPLICAOF', 'NO', 'ONE')
      await watch.healed()
    })
  }, 60_000)

  it('NOPERM, for its rights were taken: typed, the circuit stays closed', async () => {
    await file.redis.ask('ACL', 'SETUSER', 'limited', 'on', '>limited', '~*', '&*', '+@all')
    const sources = [{ url: asUser('limited') }, { url: asUser('limited') }]
    await underWatch({ sources, secrets: [...file.secrets, '>limited'] }, async watch => {
      await watch.more(100)
      await file.redis.ask('ACL', 'SETUSER', 'limited', '-@all', '+hello', '+ping')
      const refused = await watch.more(300)
      expect(repliesOf(watch)).toEqual(new Set(['NOPERM']))
      expect(refused.filter(({ name, outcome }) => name === 'read' && outcome !== 'ok')).toEqual([])
      expect(watch.parties.map(({ states }) => states)).toEqual([[], []])
      await file.redis.ask('ACL', 'SETUSER', 'limited', '+@all')
      await watch.healed()
    })
    await file.redis.ask('ACL', 'DELUSER', 'limited')
  }, 60_000)

  it.each([
    ['a wrong password', 'WRONGPASS', 'mistaken-password'],
    ['none', 'NOAUTH', ''],
  ])(
    '%s: typed, tried again with pauses, and right as soon as Redis agrees',
    async (_, reply, password) => {
      const url = new URL(file.proxy.url(file.redis.url))
      url.password = password
      const before = newest()
      const tier = redisTier({ url: url.href, prefix: ownPrefix(), openFor: 100 })
      const errors: unknown[] = []
      for (let round = 0; round < 200; round += 1) errors.push((await failureOf(() => tier.get('key'))).error)
      expect(errors[0]).toMatchObject({ code: 'REDIS_REPLY', reply })
      expect(JSON.stringify(errors.map(error => [error, (error as Error).stack]))).not.toContain('mistaken')
      expect(newest() - before).toBeLessThan(20)
      await tier.close()
    },
    60_000,
  )

  it('LOADING, for it reads its data: an outage, over with the first answer', async () => {
    const answered = { loading: true, commands: 0 }
    const fake = await fakeRedis((socket, data) => {
      if (isGreeting(data)) socket.write(greeting)
      for (const word of data.match(/\r\n(?:GET|LOAD|TIME|PING|EVALSHA)\r\n/g) ?? []) {
        answered.commands += 1
        socket.write(
          answered.loading
            ? '-LOADING Redis is loading the dataset in memory\r\n'
            : word.includes('GET')
              ? '_\r\n'
              : '+OK\r\n',
        )
      }
    })
    const tier = redisTier({ url: fake.url, prefix: ownPrefix(), openFor: 50 })
    const { error } = await failureOf(() => tier.get('key'))
    expect(error).toMatchObject({ code: 'REDIS_REPLY', reply: 'LOADING' })
    for (let round = 0; round < 200; round += 1) await failureOf(() => tier.get('key'))
    expect(tier.stats().circuit).not.toBe('closed')
    expect(answered.commands).toBeLessThan(60)
    expect((await failureOf(() => tier.set('key', createEntry(1)))).error.code).toMatch(
      /REDIS_REPLY|CIRCUIT_OPEN/,
    )
    answered.loading = false
    await until(
      async () =>
        tier.get('key').then(
          () => true,
          () => false,
        ),
      'it answers',
    )
    expect(tier.stats().circuit).toBe('closed')
    await tier.close()
  }, 60_000)
})
