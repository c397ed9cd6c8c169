/** Fills while Redis is silent or gone: they fail fast and typed, and work again afterwards. */
import { type RedisTier, redisTier } from '@greenlang/cache-redis'
import { createEntry } from '@greenlang/core'
import { afterAll, afterEach, beforeEach, expect, it } from '@jest/globals'
import { failureOf, openProxy, ownPrefix, removeOwnKeys, type TcpProxy, until } from './support.ts'

const deadlineMs = 100
/** What a busy machine may add. */
const slackMs = 400
const forMs = 1_000
let proxy: TcpProxy
let tier: RedisTier

beforeEach(async () => {
  proxy = await openProxy()
  tier = redisTier({ url: proxy.url, prefix: ownPrefix(), deadline: deadlineMs, openFor: 20 })
})
afterEach(async () => {
  await tier.close()
  await proxy.cut()
})
afterAll(removeOwnKeys)

async function works(): Promise<boolean> {
  try {
    await tier.deleteMany(['key'])
    const claim = (await tier.fills.claim(['key'], { forMs })).get('key')
    return claim?.kind === 'granted' && (await tier.fills.fill('key', createEntry(1), claim.token))
  } catch {
    return false
  }
}

const codes = /DEADLINE|CIRCUIT_OPEN|REDIS_UNAVAILABLE/

it.each<[string, (proxy: TcpProxy) => unknown, (proxy: TcpProxy) => unknown]>([
  ['silent', proxy => proxy.pause(), proxy => proxy.resume()],
  ['gone', proxy => proxy.cut(), proxy => proxy.heal()],
])('ends every call in time while Redis is %s, and heals', async (_, breakIt, mendIt) => {
  await until(works, 'the tier works')
  const token = ((await tier.fills.claim(['lease'], { forMs })).get('lease') as { token: string }).token
  await breakIt(proxy)
  const { fills } = tier
  const calls = [
    () => fills.claim(['key'], { forMs }),
    () => fills.fill('lease', createEntry(1), token),
    () => fills.renew(token),
    () => fills.release(token),
    () => fills.write('key', createEntry(1), { version: 1 }),
    () => fills.bury('key', 1),
    () => fills.sweep({ all: true }, { history: 'h', sequence: 1 }),
  ]
  for (let round = 0; round < 3; round += 1)
    for (const call of calls) {
      const { error, tookMs } = await failureOf(call)
      expect(error.code).toMatch(codes)
      expect(tookMs).toBeLessThan(deadlineMs + slackMs)
    }
  await mendIt(proxy)
  await until(works, 'the tier healed')
})

it('tells who watches of a new connection, and nobody who left', async () => {
  let [told, left] = [0, 0]
  tier.fills.watch(() => {
    told += 1
  })
  const unwatch = tier.fills.watch(() => {
    left += 1
  })
  await until(works, 'the tier works')
  unwatch()
  await proxy.cut()
  await proxy.heal()
  await until(works, 'the tier healed')
  expect([told > 0, left]).toEqual([true, 0])
})

it('refuses every call once it is closed', async () => {
  await tier.close()
  const { fills } = tier
  const calls = [
    () => fills.claim(['key'], { forMs }),
    () => fills.fill('key', createEntry(1), ''),
    () => fills.renew(''),
    () => fills.release(''),
    () => fills.write('key', createEntry(1)),
    () => fills.bury('key', 1),
    () => fills.sweep({ all: true }, { history: 'h', sequence: 1 }),
    () => fills.watch(() => undefined),
  ]
  for (const call of calls) expect((await failureOf(call)).error.code).toBe('CLOSED')
})
