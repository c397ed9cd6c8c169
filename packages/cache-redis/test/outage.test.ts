import { redisTier } from '@greenlang/cache-redis'
import { createEntry, type Tier } from '@greenlang/core'
import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { failureOf, openProxy, ownPrefix, removeOwnKeys, type TcpProxy, until } from './support.ts'

const deadlineMs = 100
/** What a busy machine may add. */
const slackMs = 400
const opened: { tier?: Tier; proxy?: TcpProxy } = {}

afterAll(removeOwnKeys)
afterEach(async () => {
  await opened.tier?.close()
  await opened.proxy?.cut()
})

async function openTier() {
  const proxy = await openProxy()
  const openFor = 20
  const create = () => redisTier({ url: proxy.url, prefix: ownPrefix(), deadline: deadlineMs, openFor })
  opened.proxy = proxy
  return {
    proxy,
    create() {
      const tier = create()
      opened.tier = tier
      return tier
    },
  }
}

const works = (tier: Tier) => async () => {
  try {
    await tier.set('key', createEntry('value'))
    return (await tier.get('key'))?.value === 'value'
  } catch {
    return false
  }
}

describe('an outage of Redis', () => {
  it('from the start fails each call fast and typed, and heals', async () => {
    const { proxy, create } = await openTier()
    await proxy.cut()
    const tier = create()
    const { error, tookMs } = await failureOf(() => tier.get('key'))
    expect(error).toMatchObject({ code: 'REDIS_UNAVAILABLE', reason: 'ECONNREFUSED' })
    expect(tookMs).toBeLessThan(deadlineMs + slackMs)
    expect((await failureOf(() => tier.get('key'))).tookMs).toBeLessThan(deadlineMs)
    expect(tier.stats().failures).toBe(2)
    await proxy.heal()
    await until(works(tier), 'the tier healed')
  })

  it('later and again fails fast, and heals each time', async () => {
    const { proxy, create } = await openTier()
    const tier = create()
    for (let round = 0; round < 2; round += 1) {
      await until(works(tier), 'the tier works')
      const pending = Array.from({ length: 20 }, () =>
        failureOf(() => tier.get('key')).catch(() => 'answered'),
      )
      await proxy.cut()
      await Promise.all(pending)
      const { error, tookMs } = await failureOf(() => tier.get('key'))
      expect(['REDIS_UNAVAILABLE', 'CIRCUIT_OPEN']).toContain(error.code)
      expect(tookMs).toBeLessThan(deadlineMs + slackMs)
      await proxy.heal()
    }
    await until(works(tier), 'the tier healed')
  })

  it('by silence ends every kind of call at its deadline, then opens the circuit, and heals', async () => {
    const { proxy, create } = await openTier()
    const tier = create()
    await until(works(tier), 'the tier works')
    proxy.pause()
    const entry = createEntry(1)
    const calls: Record<string, () => unknown> = {
      get: () => tier.get('key'),
      getMany: () => tier.getMany(['key', 'other']),
      set: () => tier.set('key', entry),
      setMany: () => tier.setMany(new Map([['key', entry]])),
      deleteMany: () => tier.deleteMany(['key']),
      invalidateMany: () => tier.invalidateMany(['key']),
      clear: () => tier.clear(),
    }
    for (const [name, call] of Object.entries(calls)) {
      const { error, tookMs } = await failureOf(call)
      expect({ name, code: error.code }).toEqual({ name, code: 'DEADLINE' })
      expect(tookMs).toBeLessThan(deadlineMs + slackMs)
    }
    const codes = new Set<string | undefined>()
    for (let round = 0; round < 30; round += 1) codes.add((await failureOf(() => tier.get('key'))).error.code)
    expect(codes).toContain('CIRCUIT_OPEN')
    proxy.resume()
    await until(works(tier), 'the tier healed')
  })

  it('of one connection, silent for ever while new ones work, is left behind', async () => {
    const { proxy, create } = await openTier()
    const tier = create()
    await until(works(tier), 'the tier works')
    proxy.forget()
    // Each probe writes, so that the timeout of an idle socket never comes.
    await until(works(tier), 'the tier healed')
  })

  it('does not keep close waiting', async () => {
    const { proxy, create } = await openTier()
    const tier = create()
    await until(works(tier), 'the tier works')
    proxy.pause()
    const pending = failureOf(() => tier.get('key'))
    const begun = performance.now()
    await tier.close()
    expect(performance.now() - begun).toBeLessThan(500 + slackMs)
    expect((await pending).error.code).toMatch(/DEADLINE|REDIS_UNAVAILABLE/)
  })
})
