/** The laws of `Fills`, over the tier in Redis and over the model of it that the protocol was proven with. */

import { type Claim, createEntry, createNegativeEntry, type Entry, type Stamp } from '@greenlang/core'
import { modelTier } from '@greenlang/testkit/simulation'
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { removeOwnKeys, until } from './support.ts'
import { openRedisTier, type SharedTier, undated } from './tier-makers.ts'

afterAll(removeOwnKeys)

const forMs = 60_000
const stampOf = (sequence: number, history = 'h'): Stamp => ({ history, sequence })
const entryOf = (value: unknown, stamp = stampOf(1)): Entry => createEntry(value, { ttl: '1m' }, { stamp })

describe.each<[string, () => SharedTier]>([
  ['Redis', openRedisTier],
  ['the model', modelTier],
])('the fills of %s', (_, open) => {
  let tier: SharedTier
  beforeEach(() => {
    tier = open()
  })
  afterEach(async () => await tier.close())

  const claim = async (key: string, reject?: Stamp): Promise<Claim> => {
    const options = reject ? { forMs, reject: new Map([[key, reject]]) } : { forMs }
    return (await tier.fills.claim([key], options)).get(key) as Claim
  }
  const granted = async (key: string, reject?: Stamp): Promise<string> => {
    const claimed = await claim(key, reject)
    if (claimed.kind !== 'granted') throw new Error(`expected a lease, got ${claimed.kind}`)
    return claimed.token
  }
  const read = async (key: string) => (await tier.get(key))?.value

  it('grant one lease for a key that is absent, and tell the others how long it stands', async () => {
    const token = await granted('key')
    const other = await claim('key')
    expect(other.kind).toBe('taken')
    expect((other as { forMs: number }).forMs).toBeGreaterThan(forMs / 2)
    expect((other as { forMs: number }).forMs).toBeLessThanOrEqual(forMs)
    expect(await tier.fills.fill('key', entryOf('value'), token)).toBe(true)
    const found = await claim('key')
    expect(found).toMatchObject({ kind: 'found', entry: { value: 'value', stamp: stampOf(1) } })
  })

  it('answer for each of many keys at once', async () => {
    const keys = Array.from({ length: 150 }, (_, index) => `key ${index}`)
    await tier.setMany(new Map(keys.slice(0, 50).map(key => [key, entryOf(key)])))
    for (const key of keys.slice(50, 100)) await granted(key)
    const claims = await tier.fills.claim(keys, { forMs })
    expect(claims.size).toBe(150)
    const kinds = keys.map(key => claims.get(key)?.kind)
    expect(kinds.slice(0, 50)).toEqual(keys.slice(0, 50).map(() => 'found'))
    expect(kinds.slice(50, 100)).toEqual(keys.slice(50, 100).map(() => 'taken'))
    expect(kinds.slice(100)).toEqual(keys.slice(100).map(() => 'granted'))
    expect(claims.get('key 7')).toMatchObject({ entry: { value: 'key 7' } })
    expect((await tier.fills.claim([], { forMs })).size).toBe(0)
  })

  it.each<[string, (key: string) => unknown]>([
    ['deleteMany', key => tier.deleteMany([key])],
    ['invalidateMany', key => tier.invalidateMany([key])],
    ['write', key => tier.fills.write(key, entryOf('written'))],
    ['bury', key => tier.fills.bury(key, 7)],
  ])('refuse what was loaded under a lease that %s took away', async (name, takeAway) => {
    const token = await granted('key')
    await takeAway('key')
    expect(await tier.fills.renew(token)).toBe(false)
    expect(await tier.fills.fill('key', entryOf('late'), token)).toBe(false)
    expect(await read('key')).toBe(name === 'write' ? 'written' : undefined)
    if (name !== 'write') expect(await granted('key')).not.toBe(token)
  })

  it('spend a lease by the fill, and refuse another key and a stranger', async () => {
    const token = await granted('key')
    const other = await granted('other')
    expect(await tier.fills.fill('key', entryOf('stranger'), other)).toBe(false)
    expect(await tier.fills.fill('key', entryOf('first'), token)).toBe(true)
    expect(await tier.fills.fill('key', entryOf('second'), token)).toBe(false)
    expect(await read('key')).toBe('first')
  })

  it('give a released lease to the next, who keeps it whatever the first does', async () => {
    const first = await granted('key')
    await tier.fills.release(first)
    const second = await granted('key')
    await tier.fills.release(first)
    expect(await tier.fills.renew(first)).toBe(false)
    expect(await tier.fills.fill('key', entryOf('late'), first)).toBe(false)
    expect(await tier.fills.renew(second)).toBe(true)
    expect(await tier.fills.fill('key', entryOf('second'), second)).toBe(true)
  })

  it('let a lease run out unless it is renewed', async () => {
    const short = (await tier.fills.claim(['key'], { forMs: 150 })).get('key') as { token: string }
    const kept = (await tier.fills.claim(['kept'], { forMs: 150 })).get('kept') as { token: string }
    await until(async () => {
      expect(await tier.fills.renew(kept.token)).toBe(true)
      return (await claim('key')).kind === 'granted'
    }, 'the lease ran out')
    expect(await tier.fills.fill('key', entryOf('late'), short.token)).toBe(false)
    expect(await tier.fills.fill('kept', entryOf('in time'), kept.token)).toBe(true)
  })

  it('claim over a value that is marked, or rejected by its stamp, and over no other', async () => {
    await tier.set('marked', entryOf('old'))
    await tier.invalidateMany(['marked'])
    const token = await granted('marked')
    expect(await tier.get('marked')).toMatchObject({ value: 'old', invalidated: true })
    expect(await tier.fills.fill('marked', entryOf('new', stampOf(2)), token)).toBe(true)
    for (const other of [stampOf(1), stampOf(3), stampOf(2, ''), stampOf(2, 'hh'), stampOf(2, 'g')])
      expect(await claim('marked', other)).toMatchObject({ kind: 'found', entry: { value: 'new' } })
    await granted('marked', stampOf(2))
    expect(await read('marked')).toBe('new')
    expect(await claim('marked', stampOf(2))).toMatchObject({ kind: 'taken' })
    expect(await claim('marked')).toMatchObject({ kind: 'found' })
  })

  it('bring back what was filled and written, negative entries among them', async () => {
    const stamp = stampOf(2 ** 53 - 1, 'ü')
    const entry = createEntry({ a: [1] }, { ttl: '1m', tags: ['t'] }, { stamp })
    const negative = createNegativeEntry({ ttl: '1m', tags: ['t'] }, { stamp })
    expect(await tier.fills.fill('filled', entry, await granted('filled'))).toBe(true)
    expect(await tier.fills.write('written', negative)).toBe('stored')
    const claims = await tier.fills.claim(['filled', 'written'], { forMs })
    for (const [key, stored] of [['filled', entry] as const, ['written', negative] as const]) {
      const claimed = claims.get(key)
      expect(undated(claimed?.kind === 'found' ? claimed.entry : undefined)).toEqual(undated(stored))
    }
  })

  it('keep the last of writes without versions, and the highest of those with one', async () => {
    const { fills } = tier
    expect(await fills.write('last', entryOf(1))).toBe('stored')
    expect(await fills.write('last', entryOf(2))).toBe('stored')
    expect(await read('last')).toBe(2)
    expect(await fills.write('key', entryOf('9'), { version: 9 })).toBe('stored')
    expect(await fills.write('key', entryOf('8'), { version: 8 })).toBe('older')
    expect(await fills.write('key', entryOf('9 again'), { version: 9 })).toBe('stored')
    expect(await fills.write('key', entryOf('10'), { version: 10 })).toBe('stored')
    expect(await fills.write('key', entryOf('9'), { version: 9 })).toBe('older')
    expect(await read('key')).toBe('10')
    const high = 2 ** 53 - 2
    expect(await fills.write('key', entryOf('high'), { version: high })).toBe('stored')
    expect(await fills.write('key', entryOf('higher'), { version: high + 1 })).toBe('stored')
    expect(await fills.write('key', entryOf('high'), { version: high })).toBe('older')
  })

  it('drop the value where one of two has a version and the other none', async () => {
    const { fills } = tier
    await fills.write('key', entryOf('plain'))
    expect(await fills.write('key', entryOf('5'), { version: 5 })).toBe('dropped')
    expect(await read('key')).toBe(undefined)
    expect(await fills.write('key', entryOf('4'), { version: 4 })).toBe('older')
    expect(await fills.write('key', entryOf('5'), { version: 5 })).toBe('stored')
    expect(await fills.write('key', entryOf('plain'))).toBe('dropped')
    expect(await fills.write('key', entryOf('4'), { version: 4 })).toBe('older')
    await fills.write('set', entryOf('6'), { version: 6 })
    await tier.set('set', entryOf('plain'))
    expect(await fills.write('set', entryOf('7'), { version: 7 })).toBe('dropped')
  })

  it('remember the version of what was removed', async () => {
    const { fills } = tier
    await fills.write('key', entryOf('5'), { version: 5 })
    await tier.deleteMany(['key'])
    expect(await fills.write('key', entryOf('4'), { version: 4 })).toBe('older')
    expect(await read('key')).toBe(undefined)
    expect(await fills.write('key', entryOf('5'), { version: 5 })).toBe('stored')
    await tier.invalidateMany(['key'])
    expect(await fills.write('key', entryOf('4'), { version: 4 })).toBe('older')
    expect(await fills.write('key', entryOf('6'), { version: 6 })).toBe('stored')
    expect(await tier.get('key')).toMatchObject({ value: '6', invalidated: false })
    const token = await granted('key', stampOf(1))
    expect(await fills.fill('key', entryOf('7'), token, { version: 7 })).toBe(true)
    expect(await fills.write('key', entryOf('6'), { version: 6 })).toBe('older')
  })

  it('bury a value up to a version, and leave a higher one', async () => {
    const { fills } = tier
    await fills.write('key', entryOf('5'), { version: 5 })
    await fills.bury('key', 4)
    expect(await read('key')).toBe('5')
    await fills.bury('key', 5)
    expect(await read('key')).toBe(undefined)
    await fills.bury('key', 3)
    expect(await fills.write('key', entryOf('4'), { version: 4 })).toBe('older')
    await tier.set('plain', entryOf('plain'))
    await fills.bury('plain', 2)
    expect(await read('plain')).toBe(undefined)
    expect(await fills.write('plain', entryOf('1'), { version: 1 })).toBe('older')
    expect(await fills.write('plain', entryOf('2'), { version: 2 })).toBe('stored')
  })

  it('store nothing that is already over, and leave nothing in its place', async () => {
    const over = { ...entryOf('over'), staleAt: 1, expiresAt: 1 }
    await tier.set('written', entryOf('old'))
    expect(await tier.fills.write('written', over)).toBe('stored')
    const token = await granted('filled')
    expect(await tier.fills.fill('filled', over, token)).toBe(true)
    expect([await read('written'), await read('filled')]).toEqual([undefined, undefined])
    await granted('filled')
  })

  it('sweep what a target names, is older, or of another history', async () => {
    const stamps = {
      old: stampOf(4),
      now: stampOf(5),
      new: stampOf(6),
      foreign: stampOf(9, 'g'),
      none: stampOf(0, ''),
    }
    const keys = ['a:1', 'a:{%}*', 'b:1'].flatMap(key => Object.keys(stamps).map(age => `${key} ${age}`))
    for (const key of keys)
      await tier.set(key, entryOf(key, stamps[key.split(' ')[1] as keyof typeof stamps]))
    const left = async () => [...(await tier.getMany(keys)).keys()].sort()
    await tier.fills.sweep({ pattern: 'a:{*' }, stampOf(5))
    expect(await left()).toEqual(keys.filter(key => !/{.* (old|foreign|none)/.test(key)).sort())
    await tier.fills.sweep({ pattern: 'a:*' }, stampOf(5))
    expect(await left()).toEqual(keys.filter(key => !/a:.* (old|foreign|none)/.test(key)).sort())
    await tier.fills.sweep({ all: true }, stampOf(6))
    expect(await left()).toEqual(keys.filter(key => / new/.test(key)).sort())
  })

  it('leave leases and versions of what was removed alone when they sweep', async () => {
    const { fills } = tier
    const token = await granted('key')
    await fills.bury('buried', 5)
    await fills.sweep({ all: true }, stampOf(9))
    expect(await fills.fill('key', entryOf('value'), token)).toBe(true)
    expect(await fills.write('buried', entryOf('4'), { version: 4 })).toBe('older')
  })
})
