/** Clients that were handed in: of node-redis and of ioredis. */
import { testRedisUrl } from '@greenlang/servers'
import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { fromIoredis } from '../src/connect/ioredis.ts'
import { closeAll, type Options, open, openBus, text, untilHeard } from './connect-support.ts'
import { ownPrefix, rawClient, removeOwnKeys, until } from './support.ts'

interface Handed {
  readonly options: Options
  readonly withSubscriber: Options
  /** How many listeners there are on the clients. */
  listeners(): number
  isOpen(): boolean
  end(): void
}

const ended: (() => void)[] = []

afterEach(async () => {
  await closeAll()
  for (const end of ended.splice(0)) end()
})
afterAll(removeOwnKeys)

type Emitter = { eventNames(): (string | symbol)[]; listenerCount(event: string | symbol): number }
const listenersOf = (...emitters: Emitter[]) =>
  emitters.reduce(
    (sum, emitter) =>
      sum + emitter.eventNames().reduce((each, event) => each + emitter.listenerCount(event), 0),
    0,
  )

async function nodeRedis(): Promise<Handed> {
  const client = await rawClient()
  const subscriber = createClient({ url: testRedisUrl() })
  subscriber.on('error', () => undefined)
  await subscriber.connect()
  return {
    options: { client },
    withSubscriber: { client, subscriber },
    listeners: () => listenersOf(client, subscriber),
    isOpen: () => client.isReady && subscriber.isReady,
    end() {
      client.destroy()
      subscriber.destroy()
    },
  }
}

async function ioredis(): Promise<Handed> {
  const redis = new Redis(testRedisUrl())
  const subscriber = new Redis(testRedisUrl())
  for (const each of [redis, subscriber]) each.on('error', () => undefined)
  await Promise.all([redis.ping(), subscriber.ping()])
  return {
    options: { client: fromIoredis(redis) },
    withSubscriber: { client: fromIoredis(redis), subscriber: fromIoredis(subscriber) },
    listeners: () => listenersOf(redis, subscriber),
    isOpen: () => redis.status === 'ready' && subscriber.status === 'ready',
    end() {
      redis.disconnect()
      subscriber.disconnect()
    },
  }
}

const killSubscribers = async () => {
  const admin = await rawClient()
  await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub'])
  admin.destroy()
}

describe.each([
  ['node-redis', nodeRedis],
  ['ioredis', ioredis],
])('a client of %s', (_, create) => {
  async function handed(): Promise<Handed> {
    const client = await create()
    ended.push(() => client.end())
    return client
  }

  it('gives bytes, numbers, nothing and errors as a connection of our own does', async () => {
    const { options } = await handed()
    const link = open(options, ['return 1'])
    const key = ownPrefix()
    await link.send(['SET', key, Buffer.of(0xff, 0)], key)
    expect(await link.send(['GET', key], key)).toEqual(Buffer.of(0xff, 0))
    expect(await link.send(['MGET', key, `${key}2`], key)).toEqual([Buffer.of(0xff, 0), null])
    expect(await link.send(['STRLEN', key], key)).toBe(2)
    await expect(link.send(['LPUSH', key, 's3cret'], key)).rejects.toThrow(/^WRONGTYPE/)
    expect(
      JSON.stringify(await link.send(['LPUSH', key, 's3cret'], key).catch(error => error)),
    ).not.toContain('s3cret')
    expect(await link.send(['EVAL', "return {1, 'a', false}", '1', key], key)).toEqual([
      1,
      Buffer.from('a'),
      null,
    ])
    const [primary] = await link.primaries()
    expect(text(await primary?.(['PING']))).toBe('PONG')
    expect(link.slotOf('a')).toBe(0)
  })

  it('is neither closed nor left with listeners, and gets a subscriber that is ours', async () => {
    const client = await handed()
    const before = client.listeners()
    const link = open(client.options, ['return 1'])
    link.watch(() => undefined)
    const channel = ownPrefix()
    const bus = openBus(client.options, channel)
    await untilHeard(bus, channel, 'a')
    const connected = bus.connected()
    await killSubscribers()
    await until(async () => bus.connected() > connected, 'both connections stand again')
    await untilHeard(bus, channel, 'b')
    await closeAll()
    expect(client.listeners()).toBe(before)
    expect(client.isOpen()).toBe(true)
    const admin = await rawClient()
    await until(
      async () => text(await admin.sendCommand(['PUBSUB', 'NUMSUB', channel])) === `${channel},0`,
      'nobody listens',
    )
    admin.destroy()
  })

  it('with a second one subscribes on that, through its own reconnecting, and takes the subscription back', async () => {
    const client = await handed()
    const before = client.listeners()
    const channel = ownPrefix()
    const bus = openBus(client.withSubscriber, channel)
    await untilHeard(bus, channel, 'a')
    const connected = bus.connected()
    await killSubscribers()
    await until(async () => bus.connected() > connected, 'it stands again')
    await untilHeard(bus, channel, 'b')
    await closeAll()
    const admin = await rawClient()
    await until(
      async () => text(await admin.sendCommand(['PUBSUB', 'NUMSUB', channel])) === `${channel},0`,
      'nobody listens',
    )
    admin.destroy()
    expect(client.listeners()).toBe(before)
    expect(client.isOpen()).toBe(true)
  })
})

it('fromIoredis refuses what is no client of ioredis', () => {
  expect(() => fromIoredis({} as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
})
