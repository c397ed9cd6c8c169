/** Calls for one key are sent in the order they were made, though some have to wait. */
import { createEntry } from '@greenlang/core'
import { afterAll, describe, expect, it } from '@jest/globals'
import { KeyOrder } from '../src/tier/order.ts'
import { removeOwnKeys } from './support.ts'
import { openRedisTier } from './tier-makers.ts'

afterAll(removeOwnKeys)

function setUp() {
  const order = new KeyOrder('test', () => undefined)
  const sent: string[] = []
  const send = (name: string) => async () => {
    sent.push(name)
    return name
  }
  return { order, sent, send }
}

function promised() {
  let settle: (error?: Error) => void = () => undefined
  const promise = new Promise<void>((resolve, reject) => {
    settle = error => (error ? reject(error) : resolve())
  })
  return { promise, settle }
}

describe('the order of calls', () => {
  it('is kept at once where nothing waits', async () => {
    const { order, sent, send } = setUp()
    const answer = order.run(['key'], undefined, send('one'))
    expect([sent, order.idle]).toEqual([['one'], true])
    expect(await answer).toBe('one')
  })

  it('holds back what comes later for a key, and nothing else', async () => {
    const { order, sent, send } = setUp()
    const slow = promised()
    const calls = [
      order.run(['a', 'b'], slow.promise, send('slow a b')),
      order.run(['a'], undefined, send('a')),
      order.run(['c'], undefined, send('c')),
      order.run(['b', 'c'], undefined, send('b c')),
      order.run(['c'], undefined, send('c again')),
    ]
    expect(sent).toEqual(['c'])
    slow.settle()
    expect(await Promise.all(calls)).toEqual(['slow a b', 'a', 'c', 'b c', 'c again'])
    expect(sent).toEqual(['c', 'slow a b', 'a', 'b c', 'c again'])
    expect(order.idle).toBe(true)
  })

  it('goes on where one fails, before or after it was sent', async () => {
    const { order, sent, send } = setUp()
    const slow = promised()
    const calls = [
      order.run(['key'], slow.promise, send('never')),
      order.run(['key'], undefined, () => Promise.reject(new Error('refused'))),
      order.run(['key'], undefined, send('last')),
    ]
    slow.settle(new Error('not ready'))
    const outcomes = await Promise.allSettled(calls)
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    expect(sent).toEqual(['last'])
    expect(order.idle).toBe(true)
  })

  it('is bounded', async () => {
    const { order, send } = setUp()
    const slow = promised()
    const keys = Array.from({ length: 10_000 }, (_, index) => `${index}`)
    const held = order.run(keys, slow.promise, send('held'))
    await expect(order.run(['one more'], slow.promise, send('refused'))).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    })
    slow.settle()
    expect(await held).toBe('held')
    expect(await order.run(['one more'], undefined, send('later'))).toBe('later')
  })
})

describe('a tier whose values are compressed beside the event loop', () => {
  const large = (name: string) => createEntry(`${name} ${'green '.repeat(200_000)}`)
  const small = (name: string) => createEntry(name)

  it('lets the last call for a key have the last word, and each read see what was before it', async () => {
    const tier = openRedisTier({ compression: 'gzip' })
    const first = (value: unknown) => String(value).split(' ')[0]
    for (let round = 0; round < 3; round += 1) {
      const calls = [
        tier.set('key', large('one')),
        tier.get('key').then(entry => expect(first(entry?.value)).toBe('one')),
        tier.deleteMany(['key']),
        tier.get('key').then(entry => expect(entry).toBe(undefined)),
        tier.fills.write('key', large('two')),
        tier.getMany(['key']).then(found => expect(first(found.get('key')?.value)).toBe('two')),
        tier.set('key', small('three')),
      ]
      await Promise.all(calls)
      expect(await tier.get('key')).toMatchObject({ value: 'three' })
    }
    const { bytesIn, bytesStored } = tier.stats()
    expect(bytesStored).toBeLessThan(bytesIn / 10)
    await tier.close()
  })
})
