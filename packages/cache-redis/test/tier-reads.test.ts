/** Gets of one tick go together, and none of them waits for another's trouble. */
import { type RedisTier, redisTier } from '@greenlang/cache-redis'
import { createEntry } from '@greenlang/core'
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { failureOf, rawClient, removeOwnKeys } from './support.ts'
import { openRedisTier } from './tier-makers.ts'

let tier: RedisTier
beforeEach(() => {
  tier = openRedisTier()
})
afterEach(async () => await tier.close())
afterAll(removeOwnKeys)

const keys = Array.from({ length: 130 }, (_, index) => `key ${index}`)

/** A client that remembers what it was sent; it answers that nothing is there. */
function silentClient() {
  const commands: string[] = []
  const client = {
    async sendCommand(command: readonly (string | Buffer)[]): Promise<unknown> {
      if (command[0] === 'TIME') return ['1', '0']
      if (command[0] !== 'SCRIPT') commands.push(`${command[0]} ${command.length - 1}`)
      return command[0] === 'MGET' ? command.slice(1).map(() => null) : null
    },
  }
  return { client, commands }
}

describe('gets of one tick', () => {
  it('are one command for each 64 keys, whatever promises they come after, and the same key is asked once', async () => {
    const { client, commands } = silentClient()
    const counted = redisTier({ client })
    const get = async (key: string, depth: number) => {
      for (let promise = 0; promise < depth; promise += 1) await null
      return counted.get(key)
    }
    await Promise.all([...keys, ...keys].map((key, index) => get(key, index % 5)))
    expect(commands).toEqual(['MGET 64', 'MGET 64', 'MGET 2'])
    commands.length = 0
    await counted.get('alone')
    await Promise.all([counted.get('twice'), counted.get('twice')])
    expect(commands).toEqual(['GET 1', 'GET 1'])
    expect(counted.stats()).toMatchObject({ reads: 5, readKeys: 132, misses: 263 })
    await counted.close()
  })

  it('are sent before what was asked for after them', async () => {
    const { client, commands } = silentClient()
    const counted = redisTier({ client })
    await counted.set('first', createEntry(1))
    commands.length = 0
    void counted.get('key')
    void counted.set('key', createEntry(1))
    void counted.get('key')
    void counted.deleteMany(['key'])
    void counted.get('key')
    await counted.get('other')
    expect(commands).toEqual(['GET 1', 'SET 4', 'GET 1', 'EVALSHA 6', 'MGET 2'])
    await counted.close()
  })

  it('bring each caller its own entry', async () => {
    await tier.setMany(new Map(keys.slice(0, 100).map(key => [key, createEntry(key)])))
    const found = await Promise.all(keys.map(key => tier.get(key)))
    expect(found.map(entry => entry?.value)).toEqual(
      keys.map((key, index) => (index < 100 ? key : undefined)),
    )
    expect(tier.stats()).toMatchObject({ hits: 100, misses: 30, reads: 3 })
  })

  it('do not share damage: a key that holds no string is a miss, and the others are found', async () => {
    const raw = await rawClient()
    const prefix = `test-${process.pid}-damage:`
    const own = openRedisTier({ prefix })
    await own.set('good', createEntry('good'))
    await raw.hSet(`${prefix}{hash}`, 'field', 'value')
    await raw.set(`${prefix}{text}`, 'text')
    const found = await Promise.all(['good', 'hash', 'text', 'good'].map(key => own.get(key)))
    expect(found.map(entry => entry?.value)).toEqual(['good', undefined, undefined, 'good'])
    expect(own.stats()).toMatchObject({ hits: 2, misses: 2, rejected: 1 })
    await own.close()
    await raw.close()
  })

  it('free who aborts, and nobody else', async () => {
    await tier.set('key', createEntry('value'))
    const reason = new Error('the caller left')
    const leaver = new AbortController()
    const left = failureOf(() => tier.get('key', leaver.signal))
    const stayed = tier.get('key')
    const stayedToo = tier.get('key', new AbortController().signal)
    leaver.abort(reason)
    expect((await left).error).toBe(reason)
    expect([await stayed, await stayedToo]).toMatchObject([{ value: 'value' }, { value: 'value' }])
    expect(tier.stats().failures).toBe(0)
  })

  it('all fail as they are counted where Redis cannot be reached', async () => {
    const nowhere = redisTier({ url: 'redis://127.0.0.1:1' })
    const outcomes = await Promise.all(keys.map(key => failureOf(() => nowhere.get(key))))
    expect(new Set(outcomes.map(({ error }) => error.code))).toEqual(new Set(['REDIS_UNAVAILABLE']))
    expect(nowhere.stats().failures).toBe(keys.length)
    await nowhere.close()
  })

  it('that wait when it closes are answered or refused', async () => {
    const pending = keys.map(key => Promise.resolve(tier.get(key)).catch(error => error.code))
    await tier.close()
    for (const answer of await Promise.all(pending))
      expect([undefined, 'CLOSED', 'REDIS_UNAVAILABLE']).toContain(answer)
  })
})
