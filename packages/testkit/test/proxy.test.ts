import { isGreenlangError } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { type FaultConnection, fakeClock, faultProxy } from '../src/index.ts'
import { inLab, settle, until } from './support/proxied.ts'

const sockets = () => process.getActiveResourcesInfo().filter(name => /TCP/.test(name))
const subscriber = (chunk: Buffer) => (chunk.includes('SUBSCRIBE') ? 'subscriber' : undefined)

describe('the connections of a proxy', () => {
  it('are counted, and go once both sides have left', () =>
    inLab(async ({ proxy, link }) => {
      const { client, server, through } = await link()
      client.socket.write('question')
      await until(() => server.text() === 'question', 'it came through')
      server.socket.end('answer')
      await until(() => client.text() === 'answer' && client.ended, 'the answer came back')
      expect([through.up.bytesIn, through.up.bytesOut, through.up.bytesWaiting]).toEqual([8, 8, 0])
      expect([through.down.bytesIn, through.down.bytesOut, through.id]).toEqual([6, 6, 1])
      expect([through.sent.toString(), through.label]).toEqual(['question', undefined])
      expect(proxy.connections.map(({ id }) => id)).toEqual([1])
      client.socket.end()
      await until(() => proxy.connections.length === 0, 'it is gone')
      expect((await link()).through.id).toBe(2)
    }))

  it('are selected by label, before the bytes that gave it go on, and by what they sent', () => {
    const labelled = { classify: subscriber }
    return inLab(async ({ proxy, link }) => {
      proxy.set({ dropped: true }, { label: 'subscriber', direction: 'up' })
      const match = ({ sent }: FaultConnection) => sent.toString().startsWith('GET b')
      proxy.set({ held: true }, { match })
      const [a, b, c] = [await link(), await link(), await link()]
      a.client.socket.write('GET a')
      b.client.socket.write('GET b')
      c.client.socket.write('SUBSCRIBE')
      await until(() => c.through.up.bytesIn === 9 && b.through.up.bytesWaiting === 5, 'all were sent')
      await until(() => a.server.text() === 'GET a', 'the one that is not meant works')
      expect([a, b, c].map(({ through }) => through.label)).toEqual([undefined, undefined, 'subscriber'])
      expect([b.server.text(), c.server.text(), c.through.up.bytesWaiting]).toEqual(['', '', 0])
      expect([c.through.up.faults.dropped, c.through.down.faults.dropped]).toEqual([true, false])
      proxy.heal({ match })
      await until(() => b.server.text() === 'GET b', 'it was let go')
      expect(proxy.resetAll({ label: 'subscriber' })).toBe(1)
      await until(
        () => c.client.failure === 'ECONNRESET' && c.server.failure === 'ECONNRESET',
        'it was reset',
      )
      expect([proxy.resetAll({ label: 'nobody' }), a.client.closed, b.client.closed]).toEqual([
        0,
        false,
        false,
      ])
    }, labelled)
  })

  it('have faults of their own; of two calls for the same one the latest counts', () =>
    inLab(async ({ proxy, link }) => {
      const [a, b] = [await link(), await link()]
      proxy.set({ delayMs: 7 })
      a.through.set({ held: true, delayMs: 5 }, { direction: 'down' })
      expect([a.through.up.faults.delayMs, a.through.down.faults.delayMs]).toEqual([7, 5])
      expect([b.through.down.faults.delayMs, b.through.down.faults.held]).toEqual([7, false])
      proxy.set({ delayMs: 1 })
      expect([a.through.down.faults.delayMs, a.through.down.faults.held]).toEqual([1, true])
      a.through.heal()
      expect([a.through.down.faults.delayMs, a.through.down.faults.held]).toEqual([0, false])
      expect(b.through.up.faults.delayMs).toBe(1)
    }))

  it('lose every byte once forgotten, for ever, while new ones work', () =>
    inLab(async ({ proxy, link }) => {
      const old = await link()
      expect(proxy.forget()).toBe(1)
      proxy.heal()
      old.client.socket.end('up')
      old.server.socket.write('down')
      await until(() => old.through.up.bytesIn === 2 && old.through.down.bytesIn === 4, 'they came in')
      const fresh = await link()
      fresh.client.socket.write('hello')
      await until(() => fresh.server.text() === 'hello', 'the new one works')
      expect([old.server.text(), old.client.text(), old.server.ended]).toEqual(['', '', false])
      old.client.socket.destroy()
      old.server.socket.destroy()
      await until(() => proxy.connections.length === 1, 'the old one goes when both sides have left')
    }))

  it('end on command, one side of them or both', () =>
    inLab(async ({ proxy, link }) => {
      const { client, server, through } = await link()
      expect(proxy.endAll({ direction: 'down' })).toBe(1)
      await until(() => client.ended, 'the client was told of an end')
      client.socket.write('still heard')
      await until(() => server.text() === 'still heard', 'the other way works')
      expect(server.ended).toBe(false)
      through.end()
      await until(() => server.ended, 'the server was told as well')
      // A reset right upon an end is refused by the system: nothing may be left of it.
      const other = await link()
      other.through.end()
      other.through.reset()
      await until(() => proxy.connections.every(({ id }) => id !== 2), 'it is gone')
    }))
})

describe('the door of a proxy', () => {
  it('refuses new connections, keeps the old ones, and opens on the same port', () =>
    inLab(async ({ proxy, link, client }) => {
      const { port } = proxy
      const old = await link()
      for (let round = 0; round < 3; round += 1) {
        await Promise.all([proxy.refuse(), proxy.refuse()])
        const refused = client()
        await until(() => refused.closed, 'it was refused')
        expect([refused.failure, proxy.accepting]).toEqual(['ECONNREFUSED', false])
        old.client.socket.write('x')
        await until(() => old.server.text().length === round + 1, 'the old one works')
        await Promise.all([proxy.accept(), proxy.accept()])
        expect([proxy.port, proxy.accepting]).toEqual([port, true])
        await link()
      }
    }))

  it('says which port is taken, and by which code', () =>
    inLab(async ({ proxy, targetPort }) => {
      const to = { host: '127.0.0.1', port: targetPort }
      const error = await faultProxy({ to, port: proxy.port }).catch(error => error)
      expect(isGreenlangError(error, 'FAULT_PROXY_LISTEN')).toBe(true)
      expect([error.reason, error.port]).toEqual(['EADDRINUSE', proxy.port])
      expect(error.message).toBe(`fault proxy cannot listen on 127.0.0.1, port ${proxy.port}: EADDRINUSE`)
    }))

  it('resets a client whose server is not there', () =>
    inLab(async ({ proxy, targetPort }) => {
      const far = await faultProxy({ to: { host: '127.0.0.1', port: targetPort } })
      await far.close()
      await inLab(
        async ({ client }) => {
          const { socket, ...end } = client()
          await until(() => socket.closed, 'it was told')
          expect(end.chunks).toEqual([])
        },
        { to: { host: proxy.host, port: far.port } },
      )
    }))
})

describe('a proxy that is closed', () => {
  it('leaves nothing, whatever it was doing, and refuses calls', async () => {
    await settle()
    const before = sockets()
    const clock = fakeClock()
    await inLab(
      async ({ proxy, link }) => {
        const links = [await link(), await link(), await link(), await link(), await link()]
        links[0]?.through.set({ held: true })
        links[1]?.through.set({ delayMs: 60_000 })
        links[2]?.through.set({ dropped: true })
        links[3]?.through.forget()
        links[4]?.through.set({ limitBytes: 2 })
        for (const { client, server } of links) {
          client.socket.end('bytes')
          server.socket.write('bytes')
        }
        await until(() => links.slice(0, 4).every(({ through }) => through.up.bytesIn === 5), 'all were sent')
        const closing = proxy.close()
        expect(() => proxy.set({ held: true })).toThrow('fault proxy is closed')
        expect(() => proxy.resetAll()).toThrow('fault proxy is closed')
        await expect(proxy.accept()).rejects.toMatchObject({ code: 'CLOSED' })
        await Promise.all([closing, proxy.close()])
        expect([proxy.connections.length, proxy.accepting, clock.waiting]).toEqual([0, false, 0])
        await until(() => links.every(({ client }) => client.ended || client.closed), 'clients know')
      },
      { clock },
    )
    await settle()
    expect(sockets()).toEqual(before)
  })
})
