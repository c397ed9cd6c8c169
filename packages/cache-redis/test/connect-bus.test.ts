/** The two connections of a bus, to one server. */
import { testRedisUrl } from '@greenlang/servers'
import { afterEach, describe, expect, it } from '@jest/globals'
import { closeAll, openBus, text, untilHeard } from './connect-support.ts'
import { openProxy, ownPrefix, rawClient, type TcpProxy, until } from './support.ts'

const proxies: TcpProxy[] = []

afterEach(async () => {
  await closeAll()
  for (const proxy of proxies.splice(0)) await proxy.cut()
})

async function connected(url = testRedisUrl()) {
  const channel = ownPrefix()
  const bus = openBus({ url }, channel)
  await until(async () => bus.connected() === 1, 'both connections stand')
  return { channel, bus }
}

describe('a link of a bus', () => {
  it('hears what is published as soon as it tells that it is connected', async () => {
    const { channel, bus } = await connected()
    expect(await bus.link.send(['PUBLISH', channel, 'a'])).toBe(1)
    await until(async () => bus.heard.includes(`${channel} a`), 'it is heard')
    expect(bus.heard).toHaveLength(1)
  })

  it('makes its subscriber alone anew when that is killed (CLIENT KILL TYPE pubsub)', async () => {
    const { channel, bus } = await connected()
    const id = text(await bus.link.send(['CLIENT', 'ID']))
    await bus.link.send(['CLIENT', 'KILL', 'TYPE', 'pubsub'])
    await until(async () => bus.connected() === 2, 'both connections stand again')
    expect(text(await bus.link.send(['CLIENT', 'ID']))).toBe(id)
    expect(await bus.link.send(['PUBLISH', channel, 'b'])).toBe(1)
    await until(async () => bus.heard.includes(`${channel} b`), 'it is heard')
  })

  it('makes the connection of its commands alone anew when that is killed', async () => {
    const { channel, bus } = await connected()
    const admin = await rawClient()
    const id = text(await bus.link.send(['CLIENT', 'ID']))
    await admin.sendCommand(['CLIENT', 'KILL', 'ID', id])
    await until(async () => bus.connected() === 2, 'both connections stand again')
    expect(text(await bus.link.send(['CLIENT', 'ID']))).not.toBe(id)
    expect(await admin.sendCommand(['PUBSUB', 'NUMSUB', channel])).toEqual([channel, 1])
    admin.destroy()
  })

  it('gives up connections that fell silent, also that of the subscriber', async () => {
    const proxy = await openProxy()
    proxies.push(proxy)
    const { channel, bus } = await connected(proxy.url)
    proxy.forget()
    await untilHeard(bus, channel, 'again')
    expect(bus.connected()).toBeGreaterThan(1)
  })

  it('stands when its server comes late, and leaves nothing behind', async () => {
    const proxy = await openProxy()
    proxies.push(proxy)
    await proxy.cut()
    const channel = ownPrefix()
    const bus = openBus({ url: proxy.url }, channel)
    await expect(bus.link.send(['PING'])).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await proxy.heal()
    await untilHeard(bus, channel, 'late')
    await closeAll()
    await expect(bus.link.send(['PING'])).rejects.toMatchObject({ code: 'CLOSED' })
    const admin = await rawClient()
    await until(async () => {
      const [, subscribers] = (await admin.sendCommand(['PUBSUB', 'NUMSUB', channel])) as unknown as [
        string,
        number,
      ]
      return subscribers === 0
    }, 'nobody listens')
    admin.destroy()
  })
})
