import { inspect } from 'node:util'
import { type RedisClient, type RedisCommand, redisTier } from '@greenlang/cache-redis'
import { createEntry, createNegativeEntry, type Entry, type Tier } from '@greenlang/core'
import { testRedisUrl } from '@greenlang/servers'
import { fakeClock } from '@greenlang/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { redisKey } from '../src/tier/keys.ts'
import { failureOf, ownPrefix, rawClient, removeOwnKeys } from './support.ts'

const url = testRedisUrl()
let raw: Awaited<ReturnType<typeof rawClient>>
const opened: Tier[] = []

beforeAll(async () => {
  raw = await rawClient()
})
afterEach(async () => {
  for (const tier of opened.splice(0)) await tier.close()
})
afterAll(async () => {
  await raw.close()
  await removeOwnKeys()
})

function open(options: Partial<Parameters<typeof redisTier>[0]> = {}) {
  const prefix = options.prefix ?? ownPrefix()
  // Long, for machines that are busy: deadlines are tested elsewhere.
  const tier = redisTier({ url, deadline: '10s', ...options, prefix } as Parameters<typeof redisTier>[0])
  opened.push(tier)
  return { tier, prefix, at: (key: string) => redisKey(prefix, key) }
}

/** Dates lose what is not known of the server's clock: never later, and a little earlier. */
const undated = ({ createdAt: _, staleAt: __, expiresAt: ___, ...rest }: Entry) => rest
const earlyMs = 100

describe('an entry in Redis', () => {
  it('is told to Redis with what is left of its life, grace included, rounded up', async () => {
    const clock = fakeClock(1_000_000.5)
    const { tier, at } = open({ clock })
    await tier.set('key', createEntry(1, { ttl: '10s', grace: '20s' }, { clock }))
    const leftMs = await raw.pTTL(at('key'))
    expect(leftMs).toBeGreaterThan(25_000)
    expect(leftMs).toBeLessThanOrEqual(30_000)
    await clock.advance('29s')
    await tier.set('late', createEntry(1, { ttl: 0.25 }, { clock }))
    const entry = (await tier.get('key')) as ReturnType<typeof createEntry>
    await tier.set('copy', entry)
    expect(await raw.pTTL(at('copy'))).toBeLessThanOrEqual(1_000)
  })

  it('is not returned at its expiresAt, whatever Redis thinks', async () => {
    const clock = fakeClock()
    const { tier, at } = open({ clock })
    const entry = createEntry(1, { ttl: '10s' }, { clock })
    await tier.set('key', entry)
    await clock.advance(10_000 - earlyMs)
    const found = await tier.get('key')
    expect(found?.expiresAt).toBeLessThanOrEqual(entry.expiresAt)
    expect(found?.expiresAt).toBeGreaterThan(entry.expiresAt - earlyMs)
    await clock.advance(earlyMs)
    expect(await raw.exists(at('key'))).toBe(1)
    expect([await tier.get('key'), (await tier.getMany(['key'])).size]).toEqual([undefined, 0])
  })

  it('lives for ever if it may, and no longer than maxTtl', async () => {
    const { tier, at } = open()
    await tier.set('key', createEntry(1, { ttl: Number.POSITIVE_INFINITY }))
    expect(await raw.pTTL(at('key'))).toBe(-1)
    await tier.set('key', createEntry(1, { ttl: Number.MAX_VALUE }))
    expect(await raw.pTTL(at('key'))).toBeGreaterThan(1e15)
    await tier.deleteMany(['key'])
    const short = open({ maxTtl: '5s' })
    await short.tier.set('key', createEntry(1, { ttl: Number.POSITIVE_INFINITY }))
    expect(await raw.pTTL(short.at('key'))).toBeLessThanOrEqual(5_000)
  })

  it('keeps its life when it is invalidated, and one that is not there is not made', async () => {
    const { tier, at } = open()
    await tier.set('key', createEntry(1, { ttl: '10s' }))
    await tier.invalidateMany(['key', 'absent'])
    expect(await tier.get('key')).toMatchObject({ value: 1, invalidated: true })
    expect(await raw.pTTL(at('key'))).toBeLessThanOrEqual(10_000)
    expect(await raw.pTTL(at('key'))).toBeGreaterThan(5_000)
    expect(await raw.exists(at('absent'))).toBe(0)
  })
})

describe('a negative entry in Redis', () => {
  it('is one to every process, and stays one under the mark', async () => {
    const { tier, prefix } = open()
    const other = open({ prefix }).tier
    const negative = createNegativeEntry({ ttl: '10s' })
    await tier.set('key', negative)
    expect(undated((await other.get('key')) as Entry)).toEqual(undated(negative))
    await tier.invalidateMany(['key'])
    expect(undated((await other.get('key')) as Entry)).toEqual(undated({ ...negative, invalidated: true }))
    expect(other.stats()).toMatchObject({ hits: 2, rejected: 0 })
  })
})

describe('a value that the codec refuses', () => {
  const refused = createEntry(() => 1)

  it('takes the older value with it', async () => {
    const { tier } = open()
    await tier.set('key', createEntry('old'))
    await expect(tier.set('key', refused)).rejects.toMatchObject({ code: 'UNSUPPORTED_VALUE' })
    expect(await tier.get('key')).toBe(undefined)
    expect(tier.stats()).toMatchObject({ sets: 1, failures: 0 })
  })

  it('does not keep the others of its batch from being stored', async () => {
    const { tier } = open()
    await tier.setMany(new Map(['a', 'b', 'c'].map(key => [key, createEntry('old')])))
    const batch = new Map<string, ReturnType<typeof createEntry>>([
      ['a', createEntry('new')],
      ['b', refused],
      ['c', createEntry('new')],
    ])
    await expect(tier.setMany(batch)).rejects.toMatchObject({ code: 'UNSUPPORTED_VALUE' })
    const found = await tier.getMany(['a', 'b', 'c'])
    expect([...found].map(([key, { value }]) => [key, value])).toEqual([
      ['a', 'new'],
      ['c', 'new'],
    ])
    expect(tier.stats().sets).toBe(5)
  })
})

describe('what is not ours', () => {
  it('is a miss where the bytes of another key were copied to', async () => {
    const { tier, at } = open()
    await tier.set('mine', createEntry('secret of mine'))
    await raw.copy(at('mine'), at('yours'))
    expect(await tier.get('yours')).toBe(undefined)
    expect((await tier.getMany(['yours', 'mine'])).size).toBe(1)
    expect(tier.stats()).toMatchObject({ rejected: 2, failures: 0, misses: 2, hits: 1 })
  })

  it('is a miss where bytes are foreign or cut short', async () => {
    const { tier, at } = open()
    await tier.set('short', createEntry('value'))
    const length = await raw.strLen(at('short'))
    await raw.set(at('short'), (await raw.getRange(at('short'), 0, length - 2)) ?? '')
    await raw.set(at('text'), 'not an envelope')
    await raw.set(at('empty'), '')
    expect((await tier.getMany(['short', 'text', 'empty'])).size).toBe(0)
    expect(tier.stats()).toMatchObject({ rejected: 3, misses: 3, failures: 0 })
    await raw.del([at('text'), at('empty')])
  })

  it('is a miss where the key holds no string, and is replaced by the next set', async () => {
    const { tier, at } = open()
    await raw.hSet(at('hash'), 'field', 'value')
    expect(await tier.get('hash')).toBe(undefined)
    expect((await tier.getMany(['hash'])).size).toBe(0)
    await tier.invalidateMany(['hash'])
    expect(tier.stats()).toMatchObject({ rejected: 1, misses: 2, failures: 0 })
    await tier.set('hash', createEntry('value'))
    expect(await tier.get('hash')).toMatchObject({ value: 'value' })
  })

  it('is spared by clear: neighbours whose prefix begins alike, patterns, and other keys', async () => {
    const base = ownPrefix()
    const prefixes = [base, `${base}b:`, base.slice(0, -1), `${base}*`, `${base}?[a]`, `${base}\\`]
    const tiers = prefixes.map(prefix => open({ prefix }).tier)
    await raw.set(`${base}other`, 'kept', { PX: 60_000 })
    for (const [index, tier] of tiers.entries()) {
      await Promise.all(tiers.map(each => each.set('b:key', createEntry(1))))
      await tier.clear()
      const left = await Promise.all(tiers.map(async each => (await each.get('b:key')) !== undefined))
      expect(left).toEqual(tiers.map((_, other) => other !== index))
    }
    expect(await raw.get(`${base}other`)).toBe('kept')
    for (const tier of tiers) await tier.clear()
  })

  it('clears more keys than one SCAN returns', async () => {
    const { tier } = open()
    const entries = Array.from({ length: 2_500 }, (_, index) => [`key ${index}`, createEntry(index)] as const)
    await tier.setMany(new Map(entries))
    await tier.clear()
    expect((await tier.getMany(entries.map(([key]) => key))).size).toBe(0)
  })
})

describe('the keys of Redis', () => {
  it('differ for different prefixes and keys', () => {
    const texts = [
      '',
      'a',
      '{',
      '}',
      '%',
      '%7B',
      '{a}',
      'a}',
      ':',
      'a:',
      '\ud800',
      '\udc00',
      '%uD800',
      '\ufffd',
      '🌱',
    ]
    const prefixes = ['a', 'a:', 'a:b', '%7B']
    const keys = prefixes.flatMap(prefix =>
      texts.map(text => Buffer.from(redisKey(prefix, text)).toString('hex')),
    )
    expect(new Set(keys).size).toBe(keys.length)
    expect(redisKey('app:', 'user:1 ü')).toBe('app:{user:1 ü}')
  })
})

describe('a client that was handed in', () => {
  it('is used, and left open', async () => {
    const client = await rawClient()
    const { tier } = open({ client, url: undefined } as never)
    await tier.set('key', createEntry('value'))
    expect(await tier.get('key')).toMatchObject({ value: 'value' })
    await tier.deleteMany(['key'])
    await tier.close()
    expect(await client.ping()).toBe('PONG')
    await client.close()
    const { error } = await failureOf(() => redisTier({ client }).get('key'))
    expect(error).toMatchObject({ code: 'REDIS_UNAVAILABLE' })
  })

  it('sees at most 64 keys in one command of getMany, and one tick for all of a batch', async () => {
    const commands: RedisCommand[] = []
    const client: RedisClient = {
      async sendCommand(command) {
        if (command[0] === 'TIME') return ['1', '0']
        if (command[0] !== 'SCRIPT') commands.push(command)
        return command[0] === 'MGET' ? command.slice(1).map(() => null) : 1
      },
    }
    const tier = redisTier({ client })
    const keys = Array.from({ length: 130 }, (_, index) => `${index}`)
    await tier.getMany([...keys, ...keys])
    expect(commands.map(command => [command[0], command.length - 1])).toEqual([
      ['MGET', 64],
      ['MGET', 64],
      ['MGET', 2],
    ])
    commands.length = 0
    const setting = tier.setMany(new Map(keys.map(key => [key, createEntry(1)])))
    expect(commands).toHaveLength(130)
    await setting
    await tier.getMany([])
    await tier.setMany(new Map())
    await tier.deleteMany([])
    await tier.invalidateMany([])
    expect(commands).toHaveLength(130)
    await tier.close()
  })
})

describe('errors', () => {
  const user = `user-${process.pid}`
  const password = 'p%40ss-s3cret'
  const as = (name: string, secret: string) => {
    const address = new URL(url)
    address.username = name
    address.password = secret
    return address.href
  }
  afterAll(() => raw.aclDelUser(user))

  it('show neither key nor value nor password, whatever Redis quotes', async () => {
    const { tier: refused } = open({ url: as('nobody-s3cret', password) })
    await raw.aclSetUser(user, ['on', '>p@ss-s3cret', '~*', '+hello', '+get', '+unlink', '+time'])
    const { tier: limited } = open({ url: as(user, password) })
    const entry = createEntry('value-s3cret')
    const failures = [
      await failureOf(() => refused.get('key-s3cret')),
      await failureOf(() => limited.set('key-s3cret', entry)),
      await failureOf(() =>
        limited.set(
          'key-s3cret',
          createEntry(() => 'value-s3cret'),
        ),
      ),
      await failureOf(() => limited.get(7 as never)),
    ]
    expect(failures.map(({ error }) => error.code)).toEqual([
      'REDIS_REPLY',
      'REDIS_REPLY',
      'UNSUPPORTED_VALUE',
      'INVALID_ARGUMENT',
    ])
    expect(failures.map(({ error }) => (error as { reply?: string }).reply).slice(0, 2)).toEqual([
      'WRONGPASS',
      'NOPERM',
    ])
    for (const { error } of failures) {
      expect(inspect(error, { depth: 9 })).not.toContain('s3cret')
      expect(JSON.stringify(error)).not.toContain('s3cret')
    }
  })

  it('that prove Redis alive do not open the circuit', async () => {
    await raw.aclSetUser(user, ['on', '>p@ss-s3cret', '~*', '+hello', '+get', '+time'])
    const { tier } = open({ url: as(user, password) })
    for (let round = 0; round < 20; round += 1)
      await expect(tier.set('key', createEntry(1))).rejects.toMatchObject({
        code: 'REDIS_REPLY',
        reply: 'NOPERM',
      })
    expect(await tier.get('key')).toBe(undefined)
    expect(tier.stats()).toMatchObject({ failures: 20, misses: 1 })
  })
})
