/** What befalls a bus: a record that is gone, connections that break, scripts that are forgotten. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { redisBus } from '@greenlang/cache-redis'
import { type GreenlangError, noStamp, type Stamp } from '@greenlang/core'
import { startRedis, testRedisUrl } from '@greenlang/servers'
import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { createOpened, listeningBus, namesOf, openBus, openWire, standing } from './bus-support.ts'
import { openProxy, ownPrefix, rawClient, removeOwnKeys, until } from './support.ts'

const opened = createOpened()
afterEach(opened.close)
afterAll(removeOwnKeys)

const admin = async () => opened.keep(await rawClient())
const drop = (key: string) => ({ mode: 'delete', keys: [key] }) as const

async function publish(bus: ReturnType<typeof openBus>, key = 'key'): Promise<Stamp> {
  const { stamp, propagated } = await bus.publish(drop(key))
  expect({ stamped: stamp !== undefined, propagated }).toEqual({ stamped: true, propagated: true })
  return stamp ?? noStamp
}

async function openPair(options: object = {}) {
  const scope = ownPrefix()
  const near = opened.keep(openBus({ scope, lease: 200 }))
  const far = opened.keep(openBus({ scope, lease: 200, ...options }))
  return { scope, near: await listeningBus(near), far: await listeningBus(far), writer: near }
}

describe('a record that is gone', () => {
  it.each(['record', 'all'])(
    '(%s) is begun anew, and every process is told that frames are lost',
    async what => {
      const { scope, near, far, writer } = await openPair()
      const before = await publish(writer)
      const { record, stream } = namesOf(scope)
      await (await admin()).del(what === 'all' ? [record, stream] : [record])
      const lost = () =>
        [near, far].every(({ events }) => events.includes('lost') && events.includes('undone'))
      await until(async () => lost(), 'both were told')
      const after = await publish(writer, 'next')
      expect(after.history).not.toBe(before.history)
      await until(async () => far.frames.some(frame => frame.stamp.history === after.history), 'frames come')
      expect((await writer.rules(before)).known).toEqual(after)
      const replay = await opened.keep(openWire({ scope })).replay(standing(), { ...after, sequence: 0 })
      expect(replay).toMatchObject({ kind: 'frames', known: after, frames: [{ stamp: after }] })
    },
  )

  it('in its stream only keeps its history, and says lost to those who ask for frames', async () => {
    const { scope, far, writer } = await openPair()
    const before = await publish(writer)
    await (await admin()).del(namesOf(scope).stream)
    const next = await publish(writer)
    expect(next).toEqual({ ...before, sequence: before.sequence + 1 })
    far.bus.resume({ ...before, sequence: 0 })
    await until(async () => far.events.includes('lost'), 'it was told')
  })

  it('whose stream is not a stream is healed by the next frame', async () => {
    const { scope, writer } = await openPair()
    const client = await admin()
    const { stream } = namesOf(scope)
    await client.set(stream, 'foreign')
    const wire = opened.keep(openWire({ scope }))
    const first = await writer.rules(noStamp)
    expect(await wire.replay(standing(), { ...first.known, sequence: 0 })).toMatchObject({ kind: 'frames' })
    const { sequence, history } = await publish(writer)
    const frames = await wire.replay(standing(), { history, sequence: sequence - 1 })
    expect(frames).toMatchObject({ kind: 'frames', frames: [{ stamp: { sequence } }] })
  })

  it('is trimmed to about maxStream frames: who missed more is told lost', async () => {
    const scope = ownPrefix()
    const bus = opened.keep(openBus({ scope, maxStream: 10 }))
    const first = await publish(bus)
    for (let index = 0; index < 300; index += 1) await publish(bus)
    const wire = opened.keep(openWire({ scope }))
    expect(await wire.replay(standing(), first)).toMatchObject({ kind: 'lost' })
    const after = { ...first, sequence: first.sequence + 290 }
    expect(await wire.replay(standing(), after)).toMatchObject({ kind: 'frames', frames: { length: 10 } })
  })
})

describe('a bus', () => {
  it('replays what it missed while its subscription was broken, in order and without a doublet', async () => {
    const proxy = await openProxy()
    opened.keep({ close: () => proxy.cut() })
    const { far, writer } = await openPair({ url: proxy.url })
    await proxy.cut()
    const sent: Stamp[] = []
    for (let index = 0; index < 1_200; index += 1) sent.push(await publish(writer, `${index}`))
    await proxy.heal()
    await until(async () => far.frames.length >= sent.length, 'all were replayed')
    expect(far.frames.map(({ stamp }) => stamp)).toEqual(sent)
    expect(far.frames.at(-1)).toMatchObject({ own: false, invalidation: drop('1199') })
    expect(far.events.filter(event => event === 'lost')).toEqual([])
    expect(far.events).toContain('undone')
  })

  it('subscribes again after CLIENT KILL TYPE pubsub', async () => {
    const { far, writer } = await openPair()
    await (await admin()).sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub'])
    const sent = [await publish(writer, 'a')]
    await until(async () => far.events.includes('undone'), 'it subscribed again')
    sent.push(await publish(writer, 'b'))
    await until(async () => far.frames.length >= 2, 'both came')
    expect(far.frames.map(({ stamp }) => stamp).sort((a, b) => a.sequence - b.sequence)).toEqual(sent)
    const { trustedSince } = far.bus.sync()
    await until(async () => far.bus.sync().trustedSince > trustedSince, 'beats come again')
  })

  it('goes on after SCRIPT FLUSH', async () => {
    const { far, writer } = await openPair()
    const client = await admin()
    for (let round = 0; round < 3; round += 1) {
      await client.scriptFlush()
      await Promise.all(Array.from({ length: 20 }, () => publish(writer)))
    }
    await until(async () => far.frames.length >= 60, 'every frame came')
  })

  it('acknowledges nothing that fewer replicas have than it was told, and recorded it all the same', async () => {
    const scope = ownPrefix()
    const errors: GreenlangError[] = []
    const onError = (error: GreenlangError) => void errors.push(error)
    const bus = opened.keep(openBus({ scope, minReplicas: 1, deadline: 400, onError }))
    const { frames } = await listeningBus(bus)
    for (const key of ['a', 'b']) expect(await bus.publish(drop(key))).toEqual({ propagated: false })
    await until(async () => frames.length >= 2, 'the frames came')
    expect(errors.map(error => [error.code, (error as { reply?: string }).reply])).toEqual([
      ['REDIS_REPLY', 'NOREPLICAS'],
      ['REDIS_REPLY', 'NOREPLICAS'],
    ])
  })

  it('answers propagated: false where Redis is silent, and heaps nothing up', async () => {
    const proxy = await openProxy()
    opened.keep({ close: () => proxy.cut() })
    const scope = ownPrefix()
    const bus = opened.keep(redisBus({ url: proxy.url, scope, deadline: 100, lease: 40 }))
    await listeningBus(bus)
    proxy.pause()
    expect(await bus.publish(drop('a'))).toEqual({ propagated: false })
    await expect(bus.rules(noStamp)).rejects.toMatchObject({ code: 'DEADLINE' })
    const many = await Promise.all(Array.from({ length: 12_000 }, () => bus.publish(drop('b'))))
    expect(many.filter(({ propagated }) => propagated)).toEqual([])
    proxy.resume()
    await until(async () => (await bus.publish(drop('c'))).propagated, 'it healed')
  })

  it('refuses to count in a Redis that is full, and then nothing has happened', async () => {
    const { url, stop } = await startRedis({ redisUrl: '' })
    opened.keep({ close: stop })
    const scope = ownPrefix()
    const bus = opened.keep(redisBus({ url, scope, deadline: '5s' }))
    const before = (await bus.publish(drop('a'))).stamp ?? noStamp
    const client = opened.keep(await rawClient(url))
    await client.configSet({ 'maxmemory-policy': 'noeviction', maxmemory: '1' })
    expect(await bus.publish(drop('b'))).toEqual({ propagated: false })
    await client.configSet('maxmemory', '0')
    expect((await bus.publish(drop('c'))).stamp).toEqual({ ...before, sequence: before.sequence + 1 })
  })

  it('leaves nothing in its process when it is closed', async () => {
    const script = join(import.meta.dirname, 'fixtures/bus-use-and-close.ts')
    for (const url of [testRedisUrl(), 'redis://127.0.0.1:1']) {
      const args = ['--conditions=greenlang-source', '--import', 'tsx', script, url, ownPrefix()]
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
      const reached = url === testRedisUrl()
      expect(JSON.parse(stdout)).toEqual({ propagated: reached, left: [], endedAtOnce: true })
    }
  })
})
