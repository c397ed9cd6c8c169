/** Whoever has rights to a channel can send anything on it. */
import { type Frame, noStamp } from '@greenlang/core'
import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { mostCharacters } from '../src/bus/invalidation.ts'
import { readBeat, readFrame } from '../src/bus/messages.ts'
import { createOpened, listeningBus, namesOf, openBus, randomText } from './bus-support.ts'
import { ownPrefix, rawClient, removeOwnKeys, until } from './support.ts'

const opened = createOpened()
afterEach(opened.close)
afterAll(removeOwnKeys)

const history = randomText()
const good = { mode: 'delete', keys: ['a'] }

const forged: readonly unknown[] = [
  null,
  7,
  'text',
  {},
  [],
  [history, 1, 'o'],
  [history, 1, 'o', good, 1],
  ['', 1, 'o', good],
  [`${history}x`, 1, 'o', good],
  ['../../../../../etc/pass', 1, 'o', good],
  [history, 0, 'o', good],
  [history, -1, 'o', good],
  [history, 1.5, 'o', good],
  [history, 2 ** 53, 'o', good],
  [history, '1', 'o', good],
  [history, 1, 1, good],
  [history, 1, 'o', null],
  [history, 1, 'o', { ...good, mode: 'forget' }],
  [history, 1, 'o', { mode: 'delete' }],
  [history, 1, 'o', { mode: 'delete', keys: [] }],
  [history, 1, 'o', { mode: 'delete', keys: 'a' }],
  [history, 1, 'o', { mode: 'delete', keys: [1] }],
  [history, 1, 'o', { mode: 'delete', tags: [null] }],
  [history, 1, 'o', { mode: 'delete', pattern: [] }],
  [history, 1, 'o', { mode: 'delete', all: 1 }],
  [history, 1, 'o', { mode: 'delete', all: true, keys: ['a'] }],
]

describe('a message', () => {
  it.each(forged.map(message => JSON.stringify(message)))('such as %s is no frame', message => {
    expect(readFrame(message)).toBe(undefined)
  })

  it('that is no JSON, or too long, is neither a frame nor a beat', () => {
    const long = JSON.stringify([
      history,
      1,
      'o',
      { mode: 'delete', pattern: 'a'.repeat(mostCharacters + 10_000) },
    ])
    for (const message of ['', '[', '[[[[', '\u0000', long]) {
      expect(readFrame(message)).toBe(undefined)
      expect(readBeat(message)).toBe(undefined)
    }
  })

  it('brings nothing along but the invalidation', () => {
    const message = `["${history}",1,"o",{"mode":"delete","keys":["a"],"__proto__":{"all":true},"more":1}]`
    expect(readFrame(message)).toStrictEqual({
      stamp: { history, sequence: 1 },
      invalidation: good,
      origin: 'o',
    })
  })
})

describe('a bus', () => {
  it('drops and counts what is not ours, and goes on', async () => {
    const scope = ownPrefix()
    const bus = opened.keep(openBus({ scope }))
    const { frames } = await listeningBus(bus)
    const client = opened.keep(await rawClient())
    for (const message of forged) await client.publish(namesOf(scope).frames, JSON.stringify(message))
    await bus.publish({ mode: 'delete', keys: ['b'] })
    await until(async () => frames.length > 0, 'the good one came')
    expect(frames.map(frame => frame.invalidation)).toEqual([{ mode: 'delete', keys: ['b'] }])
    expect(bus.traffic()).toEqual({ failures: 0, dropped: forged.length })
  })

  it('takes no beat that it did not ask for', async () => {
    const scope = ownPrefix()
    const bus = opened.keep(openBus({ scope, lease: '1h' }))
    await listeningBus(bus)
    const client = opened.keep(await rawClient())
    const channels = (await client.pubSubChannels(`${scope}*`)).filter(name => name !== namesOf(scope).frames)
    const { known, trustedSince } = bus.sync()
    for (const channel of channels)
      await client.publish(channel, JSON.stringify([trustedSince + 1_000_000, known.history, known.sequence]))
    await until(async () => bus.traffic().dropped > 0, 'it came')
    expect({ channels: channels.length, since: bus.sync().trustedSince }).toEqual({
      channels: 1,
      since: trustedSince,
    })
  })

  it('survives a forged history: it is told as lost, and the order goes on', async () => {
    const scope = ownPrefix()
    const bus = opened.keep(openBus({ scope, lease: 200 }))
    const { events, frames } = await listeningBus(bus)
    const client = opened.keep(await rawClient())
    await client.publish(namesOf(scope).frames, JSON.stringify([history, 2 ** 52, 'o', good]))
    await until(async () => events.includes('lost'), 'it was told')
    // What tells of a new history counts as heard.
    await bus.publish({ mode: 'delete', keys: ['a'] })
    const { stamp, propagated } = await bus.publish({ mode: 'delete', keys: ['b'] })
    expect(propagated).toBe(true)
    await until(async () => frames.some(frame => frame.stamp.sequence === stamp?.sequence), 'the frame came')
    expect(Number.isSafeInteger(stamp?.sequence)).toBe(true)
  })

  it('never hears those of another scope', async () => {
    const scopes = [ownPrefix(), ownPrefix()] as const
    const buses = scopes.map(scope => opened.keep(openBus({ scope })))
    const heard: Frame[][] = []
    for (const bus of buses) heard.push((await listeningBus(bus)).frames)
    for (const bus of buses) await bus.publish({ mode: 'delete', tags: ['tag'], ...{} })
    await until(async () => heard.every(frames => frames.length > 0), 'each heard its own')
    expect(heard.map(frames => frames.map(({ own }) => own))).toEqual([[true], [true]])
    const [one, other] = await Promise.all(buses.map(bus => bus.rules(noStamp, ['tag'])))
    expect(one?.known.history).not.toBe(other?.known.history)
  })

  it('refuses what is too large to be read, and takes what is large', async () => {
    const bus = opened.keep(openBus({ scope: ownPrefix() }))
    const { frames } = await listeningBus(bus)
    const pattern = 'a'.repeat(mostCharacters)
    await expect(bus.publish({ mode: 'delete', pattern })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    const keys = Array.from({ length: 20_000 }, (_, index) => `a long key with a number ${index}`)
    expect((await bus.publish({ mode: 'delete', keys })).propagated).toBe(true)
    await until(async () => frames.length > 0, 'it came')
    expect(frames[0]?.invalidation).toEqual({ mode: 'delete', keys })
  })
})
