/** `clear` and `sweep` find all that is the tier's own, and nothing else. */
import { createEntry } from '@greenlang/core'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ownKey, redisKey } from '../src/tier/keys.ts'
import { ownPrefix, rawClient, removeOwnKeys } from './support.ts'
import { openRedisTier } from './tier-makers.ts'

let raw: Awaited<ReturnType<typeof rawClient>>
beforeAll(async () => {
  raw = await rawClient()
})
afterAll(async () => {
  await raw.close()
  await removeOwnKeys()
})

const forMs = 60_000
const left = async (prefix: string) => {
  const names: string[] = []
  for await (const some of raw.scanIterator({ MATCH: `${prefix}*`, COUNT: 1_000 })) names.push(...some)
  return names.sort()
}

describe('clear', () => {
  it('takes values, leases and versions, of this prefix alone', async () => {
    const base = ownPrefix()
    const tiers = [base, `${base}b:`, `${base}{`.slice(0, -1), `${base}*`].map(prefix =>
      openRedisTier({ prefix }),
    )
    const others = [`${base}v1{bus}h`, `${base}{key}x`, `${base}{ke{y}`, `${base}{\xff`, `${base}other`]
    for (const name of others) await raw.set(name, 'kept', { PX: 60_000 })
    for (const tier of tiers) {
      await tier.set('set', createEntry(1))
      await tier.fills.claim(['claimed'], { forMs })
      await tier.fills.write('versioned', createEntry(1), { version: 1 })
      await tier.fills.bury('buried', 1)
    }
    await tiers[0]?.clear()
    await tiers[3]?.clear()
    const kept = [
      ...others,
      ...['{set}', '{claimed}l', '{versioned}', '{versioned}v', '{buried}v'].map(end => `${base}b:${end}`),
    ]
    expect(await left(base)).toEqual(kept.sort())
    expect(await tiers[1]?.get('set')).toMatchObject({ value: 1 })
    for (const tier of tiers) await tier.close()
    for (const name of kept) await raw.del(name)
  })
})

describe('sweep', () => {
  it('spares what another tier, and another pattern, holds', async () => {
    const base = ownPrefix()
    const [mine, other] = [openRedisTier({ prefix: base }), openRedisTier({ prefix: `${base}b:` })]
    const keys = Array.from({ length: 1_300 }, (_, index) => `${index % 2 ? 'odd' : 'even'} ${index}`)
    for (const tier of [mine, other]) await tier.setMany(new Map(keys.map(key => [key, createEntry(key)])))
    await mine.fills.sweep({ pattern: 'odd *' }, { history: 'h', sequence: 1 })
    expect([...(await mine.getMany(keys)).keys()]).toEqual(keys.filter(key => key.startsWith('even')))
    expect((await other.getMany(keys)).size).toBe(keys.length)
    await mine.close()
    await other.close()
  })

  it('takes what is no entry, and does not stumble over what is no string', async () => {
    const prefix = ownPrefix()
    const tier = openRedisTier({ prefix })
    await raw.set(redisKey(prefix, 'text'), 'text')
    await raw.hSet(redisKey(prefix, 'hash'), 'field', 'value')
    await raw.set(`${prefix}{}x`, 'not ours')
    await tier.fills.sweep({ all: true }, { history: 'h', sequence: 1 })
    expect(await left(prefix)).toEqual([`${prefix}{}x`])
    await raw.del(`${prefix}{}x`)
    await tier.close()
  })
})

describe('the keys of a tier', () => {
  it('are told back from their names, and others from none', () => {
    for (const key of ['', 'a', '{%}', '%7B', 'ü 🌱', '\ud800', '%uD800', '}l', '}'])
      for (const [end, role] of [
        ['', 'value'],
        ['l', 'lease'],
        ['v', 'version'],
      ] as const)
        expect(ownKey('app:', `${redisKey('app:', key)}${end}`)).toEqual({ key, role })
    for (const name of [
      'app:',
      'app:{a',
      'app:{a}x',
      'app:{a}ll',
      'app:b:{a}',
      'app:{{a}',
      'app:{}',
      'app:{%7b}',
      'app:{%41}',
      'x',
    ])
      expect(ownKey('app:', name)).toBe(undefined)
  })
})
