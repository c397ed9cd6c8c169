/** What only a server of our own can show: stopped, restarted, full. */
import { redisTier } from '@greenlang/cache-redis'
import { createEntry, type Tier } from '@greenlang/core'
import { type RunningServer, startRedis } from '@greenlang/servers'
import { afterEach, describe, expect, it } from '@jest/globals'
import { failureOf, rawClient, until } from './support.ts'

const opened: { tier?: Tier; server?: RunningServer } = {}

afterEach(async () => {
  await opened.tier?.close()
  await opened.server?.stop()
})

async function start(options: Parameters<typeof startRedis>[0] = {}) {
  opened.server = await startRedis({ redisUrl: '', ...options })
  return opened.server
}

function open(url: string) {
  opened.tier = redisTier({ url, deadline: 200, openFor: 50 })
  return opened.tier
}

const works = (tier: Tier) => async () => {
  try {
    await tier.set('key', createEntry('value'))
    return (await tier.get('key'))?.value === 'value'
  } catch {
    return false
  }
}

const answers = (tier: Tier) => async () => {
  try {
    await tier.get('key')
    return true
  } catch {
    return false
  }
}

describe('a Redis', () => {
  it('that is stopped (SIGSTOP) costs each call no more than its deadline, and serves again when it goes on', async () => {
    const { url, pid = 0 } = await start()
    const tier = open(url)
    await until(works(tier), 'the tier works')
    process.kill(pid, 'SIGSTOP')
    try {
      for (let round = 0; round < 20; round += 1) {
        const { error, tookMs } = await failureOf(() => tier.get('key'))
        expect(error.code).toMatch(/DEADLINE|CIRCUIT_OPEN|REDIS_UNAVAILABLE/)
        expect(tookMs).toBeLessThan(600)
      }
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await until(works(tier), 'the tier healed')
  })

  it('that is killed and comes back empty on the same port is used again', async () => {
    // A user of our own: each server that is started has another password.
    const settings = { user: 'tier on >tier ~* +@all' }
    const url = new URL((await start({ settings })).url)
    const port = Number(url.port)
    url.username = 'tier'
    url.password = 'tier'
    const tier = open(url.href)
    await until(works(tier), 'the tier works')
    await opened.server?.stop()
    await failureOf(() => tier.get('key'))
    await start({ settings, port })
    await until(answers(tier), 'it answers')
    expect(await tier.get('key')).toBe(undefined)
    await until(works(tier), 'the tier healed')
  })

  it('that is full refuses to store, serves what it has, and still takes deletes and invalidations', async () => {
    const { url } = await start({ settings: { 'maxmemory-policy': 'noeviction' } })
    const tier = open(url)
    await until(works(tier), 'the tier works')
    await tier.set('marked', createEntry('value'))
    const admin = await rawClient(url)
    await admin.configSet('maxmemory', '500kb')
    await admin.close()
    for (let round = 0; round < 20; round += 1)
      await expect(tier.set('more', createEntry('value'))).rejects.toMatchObject({
        code: 'REDIS_REPLY',
        reply: 'OOM',
      })
    expect(await tier.get('key')).toMatchObject({ value: 'value' })
    await tier.invalidateMany(['marked'])
    expect(await tier.get('marked')).toBe(undefined)
    await tier.deleteMany(['key'])
    expect(await tier.get('key')).toBe(undefined)
  })
})
