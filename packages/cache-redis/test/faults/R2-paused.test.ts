import { redisTier } from '@greenlang/cache-redis'
import { systemClock } from '@greenlang/core'
import { afterEach, describe, expect, it } from '@jest/globals'
import { ownPrefix, until } from '../support.ts'
import { recordCalls } from './calls.ts'
import { fileRedis } from './file-redis.ts'
import { underWatch } from './watch.ts'

const file = fileRedis()
afterEach(() => file.redis.resume())

const connectionIds = () => file.proxy.connections.map(({ id }) => id)

describe('R2 Redis paused, its connections alive', () => {
  it('for 6 s at 20 calls a second costs few of them their deadline, and is over at once', async () => {
    const url = file.proxy.url(file.redis.url)
    const tier = redisTier({ url, prefix: ownPrefix(), deadline: 200, openFor: 100 })
    const calls = recordCalls()
    const get = () => calls.make({ name: 'get', party: 0, limitMs: 200 }, () => tier.get('key'))
    await until(async () => {
      await get()
      return calls.ended.at(-1)?.outcome === 'ok'
    }, 'the tier works')
    const before = connectionIds()
    file.redis.pause()
    const pausedAt = systemClock.now()
    let begun = 0
    const timer = setInterval(() => {
      begun += 1
      void get()
    }, 50)
    await until(async () => systemClock.now() - pausedAt > 6_000, 'it was paused for 6 s')
    expect(calls.pending).toBeLessThan(10)
    file.redis.resume()
    const resumedAt = systemClock.now()
    const healed = () =>
      calls.ended.find(({ startedAt, outcome }) => startedAt > resumedAt && outcome === 'ok')
    await until(async () => healed() !== undefined, 'a call went well')
    clearInterval(timer)
    await until(async () => calls.pending === 0, 'all have ended')
    const down = calls.ended.filter(({ startedAt }) => startedAt > pausedAt && startedAt < resumedAt)
    const paid = down.filter(({ outcome }) => outcome === 'DEADLINE')
    const firstMs = (healed()?.startedAt ?? 0) + (healed()?.tookMs ?? 0) - resumedAt
    expect(begun).toBeGreaterThan(80)
    expect(paid.length).toBeLessThanOrEqual(20)
    expect(firstMs).toBeLessThan(1_500)
    expect(calls.late()).toEqual([])
    expect(connectionIds().filter(id => before.includes(id))).toEqual([])
    calls.stop()
    await tier.close()
    process.stdout.write(`R2: ${down.length} calls, ${paid.length} paid, first success after ${firstMs} ms\n`)
  }, 60_000)

  it('under load holds up no read for longer than its deadlines', async () => {
    await underWatch({ sources: file.sources(), secrets: file.secrets }, async watch => {
      await watch.more(100)
      const before = connectionIds()
      file.redis.pause()
      const pausedAt = systemClock.now()
      await until(async () => systemClock.now() - pausedAt > 2_000, 'the silence was noticed')
      const down = watch.since(pausedAt)
      expect(down.filter(({ name, outcome }) => name === 'read' && outcome !== 'ok')).toEqual([])
      expect(down.filter(({ outcome }) => outcome === 'DEADLINE').length).toBeGreaterThan(0)
      expect(watch.parties.map(({ states }) => states.includes('open'))).toEqual([true, true])
      file.redis.resume()
      await watch.healed()
      expect(connectionIds().filter(id => before.includes(id))).toEqual([])
    })
  }, 60_000)

  it('asleep in a command is waited for no longer, and not left: its connections live', async () => {
    await underWatch({ sources: file.sources(), secrets: file.secrets }, async watch => {
      await watch.more(100)
      const sleptAt = systemClock.now()
      await file.redis.ask('DEBUG', 'SLEEP', '0.7')
      await watch.healed()
      expect(watch.since(sleptAt).filter(({ outcome }) => outcome === 'DEADLINE').length).toBeGreaterThan(0)
    })
  }, 60_000)
})
