/** The user of the README is enough, for all that a tier and a bus do. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { redisBus, redisTier } from '@greenlang/cache-redis'
import { createEntry } from '@greenlang/core'
import { testRedisUrl } from '@greenlang/servers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ownPrefix, rawClient, removeOwnKeys, until } from './support.ts'

const prefix = ownPrefix()
const user = `test-${process.pid}-user`
let admin: Awaited<ReturnType<typeof rawClient>>

beforeAll(async () => {
  admin = await rawClient()
  const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8')
  const [, rules = ''] = /^ACL SETUSER shop (.*)$/m.exec(readme) ?? []
  await admin.aclSetUser(user, ['reset', ...rules.replaceAll('shop:', prefix).split(' ')])
})
afterAll(async () => {
  await admin.aclDelUser(user)
  admin.destroy()
  await removeOwnKeys()
})

function urlAsUser(): string {
  const url = new URL(testRedisUrl())
  url.username = user
  url.password = 'password'
  return url.href
}

describe('the user of the README', () => {
  it('has all rights a tier needs', async () => {
    await using tier = redisTier({ url: urlAsUser(), prefix, deadline: '10s' })
    await tier.set('key', createEntry(1))
    await tier.setMany(new Map([['other', createEntry(2)]]))
    await tier.invalidateMany(['key'])
    expect((await tier.getMany(['key', 'other'])).size).toBe(2)
    await tier.deleteMany(['key'])
    const claims = await tier.fills.claim(['other', 'absent'], { forMs: 1_000 })
    const { token } = claims.get('absent') as { token: string }
    expect(await tier.fills.renew(token)).toBe(true)
    expect(await tier.fills.fill('absent', createEntry(3), token, { version: 1 })).toBe(true)
    expect(await tier.fills.write('absent', createEntry(4), { version: 2 })).toBe('stored')
    await tier.fills.bury('absent', 3)
    await tier.fills.release(token)
    await tier.fills.sweep({ pattern: 'o*' }, { history: 'h', sequence: 1 })
    await tier.clear()
    expect(tier.stats().failures).toBe(0)
  })

  it('has all rights a bus needs', async () => {
    const failures: unknown[] = []
    await using bus = redisBus({
      url: urlAsUser(),
      scope: prefix,
      maxTags: 4,
      deadline: '10s',
      onError: error => failures.push(error),
    })
    const heard: number[] = []
    bus.subscribe(({ stamp }) => heard.push(stamp.sequence))
    await until(async () => (await bus.publish({ mode: 'delete', keys: ['key'] })).propagated, 'it publishes')
    const tags = Array.from({ length: 20 }, (_, number) => `tag ${number}`)
    for (const tag of tags) await bus.publish({ mode: 'invalidate', tags: [tag] })
    const { stamp } = await bus.publish({ mode: 'delete', pattern: 'key*' })
    const { rules, known } = await bus.rules({ history: '', sequence: 0 }, tags)
    expect(rules).toHaveLength(1)
    for (const rule of rules) await bus.retire(rule)
    bus.resume({ ...known, sequence: 1 })
    await until(async () => heard.includes(stamp?.sequence ?? 0), 'it hears')
    await until(async () => bus.sync().applied.sequence === known.sequence, 'it has replayed')
    expect(failures).toEqual([])
  })
})
