/** What only Redis can show of the fills: scripts that are forgotten, memory that is full, bytes that are not ours. */

import type { RedisTier } from '@greenlang/cache-redis'
import { type Claim, createEntry, type Entry } from '@greenlang/core'
import { type RunningServer, startRedis } from '@greenlang/servers'
import { fakeClock } from '@greenlang/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { leaseKey, redisKey, versionKey } from '../src/tier/keys.ts'
import { ownPrefix, rawClient, removeOwnKeys } from './support.ts'
import { openRedisTier } from './tier-makers.ts'

const forMs = 60_000
const entryOf = (value: unknown): Entry => createEntry(value, { ttl: '1m' })

let raw: Awaited<ReturnType<typeof rawClient>>
let tier: RedisTier
let prefix: string
const at = (key: string) => redisKey(prefix, key)

beforeAll(async () => {
  raw = await rawClient()
})
afterAll(async () => {
  await raw.close()
  await removeOwnKeys()
})
beforeEach(() => {
  prefix = ownPrefix()
  tier = openRedisTier({ prefix })
})
afterEach(async () => await tier.close())

const claim = async (key: string, of = tier) => (await of.fills.claim([key], { forMs })).get(key) as Claim
const granted = async (key: string, of = tier) => ((await claim(key, of)) as { token: string }).token

describe('a script that Redis has forgotten', () => {
  it('is sent again, in the order of the calls', async () => {
    await tier.set('key', entryOf('old'))
    for (let round = 0; round < 20; round += 1) {
      await raw.scriptFlush()
      const calls = [
        tier.fills.write('key', entryOf(`first ${round}`)),
        tier.deleteMany(['key']),
        tier.fills.write('key', entryOf(`second ${round}`)),
        tier.invalidateMany(['other']),
        tier.fills.write('key', entryOf(`third ${round}`)),
      ]
      expect(await Promise.all(calls)).toEqual(['stored', undefined, 'stored', undefined, 'stored'])
      expect(await tier.get('key')).toMatchObject({ value: `third ${round}`, invalidated: false })
    }
    expect(tier.stats()).toMatchObject({ failures: 0, circuit: 'closed' })
  })

  it('is no matter to any call', async () => {
    const { fills } = tier
    const flushed = async <R>(call: () => PromiseLike<R> | R): Promise<R> => {
      await raw.scriptFlush()
      return await call()
    }
    const token = ((await flushed(() => claim('key'))) as { token: string }).token
    expect(await flushed(() => fills.renew(token))).toBe(true)
    expect(await flushed(() => fills.fill('key', entryOf(1), token, { version: 1 }))).toBe(true)
    expect(await flushed(() => fills.write('key', entryOf(2), { version: 2 }))).toBe('stored')
    await flushed(() => fills.bury('key', 2))
    const other = await granted('key')
    await flushed(() => fills.release(other))
    expect((await claim('key')).kind).toBe('granted')
    await tier.set('key', entryOf(3))
    await flushed(() => fills.sweep({ all: true }, { history: 'h', sequence: 1 }))
    expect(await tier.get('key')).toBe(undefined)
    expect(tier.stats().failures).toBe(0)
  })
})

describe('in Redis', () => {
  it('a lease ends by itself, and so does all that is left of a version', async () => {
    const token = await granted('key')
    expect(await raw.pTTL(leaseKey(at('key')))).toBeLessThanOrEqual(forMs)
    expect(await raw.get(leaseKey(at('key')))).toMatch(/^[0-9a-f]{32}$/)
    await tier.fills.fill('key', entryOf(1), token, { version: 3 })
    expect(await raw.exists(leaseKey(at('key')))).toBe(0)
    expect(await raw.pTTL(at('key'))).toBeLessThanOrEqual(60_000)
    expect(await raw.pTTL(versionKey(at('key')))).toBeLessThanOrEqual(90_000)
    expect(await raw.pTTL(versionKey(at('key')))).toBeGreaterThan(60_000)
    await tier.deleteMany(['key'])
    expect(await raw.exists(at('key'))).toBe(0)
    expect(await raw.pTTL(versionKey(at('key')))).toBeLessThanOrEqual(30_000)
    await tier.fills.bury('other', 4)
    expect(await raw.pTTL(versionKey(at('other')))).toBeLessThanOrEqual(30_000)
    expect(await raw.pTTL(versionKey(at('other')))).toBeGreaterThan(20_000)
  })

  it('a version as large as may be is kept to its last digit', async () => {
    const version = Number.MAX_SAFE_INTEGER
    const forever = createEntry(1, { ttl: Number.POSITIVE_INFINITY })
    expect(await tier.fills.write('key', forever, { version })).toBe('stored')
    expect(String(await raw.get(versionKey(at('key'))))).toContain(`${version}`)
    expect(await raw.pTTL(versionKey(at('key')))).toBe(-1)
    expect(await tier.fills.write('key', forever, { version: version - 1 })).toBe('older')
  })

  it('a value without its version is one without a version', async () => {
    await tier.fills.write('key', entryOf('5'), { version: 5 })
    await raw.del(versionKey(at('key')))
    expect(await tier.fills.write('key', entryOf('6'), { version: 6 })).toBe('dropped')
    expect(await tier.fills.write('key', entryOf('6'), { version: 6 })).toBe('stored')
    await raw.copy(at('key'), at('other'))
    await raw.copy(versionKey(at('key')), versionKey(at('third')))
    await tier.set('third', entryOf('plain'))
    expect(await tier.fills.write('third', entryOf('again'))).toBe('stored')
  })
})

describe('what is not ours', () => {
  const foreign: Record<string, (key: string) => Promise<unknown>> = {
    text: key => raw.set(key, 'not an envelope'),
    nothing: key => raw.set(key, ''),
    'a hash': key => raw.hSet(key, 'field', 'value'),
    'the bytes of another key': async key => {
      await tier.set('another', entryOf('secret'))
      await raw.copy(at('another'), key)
    },
    'damaged bytes': async key => {
      await tier.set('key', entryOf('a value of some length'))
      await raw.setRange(key, 90, '!')
    },
  }

  it.each(Object.keys(foreign))('%s can be claimed over, by one', async kind => {
    await foreign[kind]?.(at('key'))
    expect(await tier.get('key')).toBe(undefined)
    const token = await granted('key')
    expect((await claim('key')).kind).toBe('taken')
    expect(await tier.fills.fill('key', entryOf('mine'), token)).toBe(true)
    expect(await claim('key')).toMatchObject({ kind: 'found', entry: { value: 'mine' } })
    await raw.del(at('key'))
    await foreign[kind]?.(at('key'))
    expect(['stored', 'dropped']).toContain(await tier.fills.write('key', entryOf('mine'), { version: 1 }))
  })

  it('an entry that is over by the clock here can be claimed over, and is not returned', async () => {
    const clock = fakeClock()
    const own = openRedisTier({ prefix, clock })
    await own.set('key', createEntry('over', { ttl: '10s' }, { clock }))
    expect(await claim('key', own)).toMatchObject({ kind: 'found' })
    await clock.advance('10s')
    expect(await raw.exists(at('key'))).toBe(1)
    const token = await granted('key', own)
    const next = createEntry('next', { ttl: '10s' }, { clock })
    expect(await own.fills.fill('key', next, token)).toBe(true)
    expect(await claim('key', own)).toMatchObject({ kind: 'found', entry: { value: 'next' } })
    await own.close()
  })

  it('a lease or a version of another form blocks nobody', async () => {
    await raw.set(leaseKey(at('key')), 'for ever')
    expect((await claim('key')).kind).toBe('granted')
    await raw.del(leaseKey(at('key')))
    await raw.hSet(leaseKey(at('key')), 'field', 'value')
    const token = await granted('key')
    await raw.set(versionKey(at('key')), '-many')
    expect(await tier.fills.fill('key', entryOf('value'), token)).toBe(true)
    await raw.del(versionKey(at('key')))
    await raw.hSet(versionKey(at('key')), 'field', 'value')
    await tier.deleteMany(['key'])
    expect(await tier.fills.write('key', entryOf('value'))).toBe('stored')
  })

  it('a token that claim never gave is refused as misuse', async () => {
    for (const token of ['', 'token', '1:2:3', undefined])
      await expect(tier.fills.renew(token as string)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(tier.fills.claim(['key'], { forMs: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(tier.fills.bury('key', -1)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    expect(tier.stats().failures).toBe(0)
  })
})

describe('a value that the codec refuses', () => {
  it('takes the older one with it, and the lease', async () => {
    const refused = entryOf(() => 1) as Entry
    await tier.set('written', entryOf('old'))
    await expect(tier.fills.write('written', refused)).rejects.toMatchObject({ code: 'UNSUPPORTED_VALUE' })
    expect(await tier.get('written')).toBe(undefined)
    await tier.set('filled', entryOf('old'))
    await tier.invalidateMany(['filled'])
    const token = await granted('filled')
    await expect(tier.fills.fill('filled', refused, token)).rejects.toMatchObject({
      code: 'UNSUPPORTED_VALUE',
    })
    expect(await tier.get('filled')).toBe(undefined)
    expect((await claim('filled')).kind).toBe('granted')
  })
})

describe('a Redis that is full', () => {
  let server: RunningServer
  let full: RedisTier
  beforeAll(async () => {
    server = await startRedis({ redisUrl: '', settings: { 'maxmemory-policy': 'noeviction' } })
  })
  afterAll(async () => {
    await full.close()
    await server.stop()
  })

  it('leaves nothing older behind what it refused', async () => {
    full = openRedisTier({ url: server.url })
    const keys = ['set', 'many', 'write', 'fill', 'marked']
    await full.setMany(new Map(keys.map(key => [key, entryOf('old')])))
    await full.invalidateMany(['fill'])
    const token = await granted('fill', full)
    const admin = await rawClient(server.url)
    await admin.configSet('maxmemory', '500kb')
    const oom = { code: 'REDIS_REPLY', reply: 'OOM' }
    await expect(full.set('set', entryOf('new'))).rejects.toMatchObject(oom)
    await expect(full.setMany(new Map([['many', entryOf('new')]]))).rejects.toMatchObject(oom)
    await expect(full.fills.write('write', entryOf('new'), {})).rejects.toMatchObject(oom)
    await expect(full.fills.fill('fill', entryOf('new'), token)).rejects.toMatchObject(oom)
    await expect(claim('absent', full)).rejects.toMatchObject(oom)
    await full.invalidateMany(['marked'])
    expect((await full.getMany(keys)).size).toBe(0)
    expect(full.stats()).toMatchObject({ circuit: 'closed', failures: 5 })
    await admin.configSet('maxmemory', '0')
    await admin.close()
    expect((await claim('fill', full)).kind).toBe('granted')
  })
})
