/** One server: what the connection does when the server, or the way to it, misbehaves. */
import { testRedisUrl } from '@greenlang/servers'
import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { toTypedError } from '../src/error.ts'
import { closeAll, fakeRedis, greeting, isGreeting, limited, open, serves, text } from './connect-support.ts'
import { failureOf, openProxy, ownPrefix, rawClient, removeOwnKeys, type TcpProxy, until } from './support.ts'

const proxies: TcpProxy[] = []

afterAll(removeOwnKeys)
afterEach(async () => {
  await closeAll()
  for (const proxy of proxies.splice(0)) await proxy.cut()
})

async function throughProxy() {
  const proxy = await openProxy()
  proxies.push(proxy)
  return proxy
}

describe('a link to one server', () => {
  it('gives bytes, numbers and errors as they come, in the order of the commands', async () => {
    const link = open({ url: testRedisUrl() })
    const key = ownPrefix()
    const replies = await Promise.all([
      link.send(['SET', key, Buffer.of(0xff, 0)], key),
      link.send(['GET', key], key),
      link.send(['STRLEN', key], key),
      link.send(['LPUSH', key, 'a'], key).catch(text),
      link.send(['DEL', key], key),
      link.send(['GET', key], key),
    ])
    const wrong = expect.stringContaining('WRONGTYPE')
    expect(replies).toEqual(['OK', Buffer.of(0xff, 0), 2, wrong, 1, null])
    expect(link.slotOf(key)).toBe(0)
    const [primary] = await link.primaries()
    expect(await primary?.(['PING'])).toBe('PONG')
  })

  it.each([1, 4])(
    'keeps the order of calls for one key, from the very first, with poolSize %i',
    async poolSize => {
      const link = open({ url: testRedisUrl(), poolSize })
      const prefix = ownPrefix()
      const counts = Array.from({ length: 200 }, (_, index) => {
        const key = `${prefix}${index % 7}`
        return link.send(['INCR', key], key)
      })
      const seen = await Promise.all(counts)
      expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => Math.floor(index / 7) + 1))
    },
  )

  it('tells the server its scripts on each connection, and who watches that there is a new one', async () => {
    const script = `return '${ownPrefix()}'`
    const link = open({ url: testRedisUrl() }, [script])
    let again = 0
    const forget = link.watch(() => {
      again += 1
    })
    const admin = await rawClient()
    const sha = await admin.scriptLoad(script)
    await admin.scriptFlush()
    const id = await link.send(['CLIENT', 'ID'])
    await admin.sendCommand(['CLIENT', 'KILL', 'ID', text(id)])
    await until(async () => again > 0, 'it connected again')
    expect(text(await link.send(['EVALSHA', sha, '0']))).toBe(script.slice(8, -1))
    expect(again).toBe(1)
    forget()
    admin.destroy()
  })

  it('is used by a user of the ACL who may not load scripts, and refused typed with a wrong password', async () => {
    const admin = await rawClient()
    const user = ownPrefix().replace(/\W/g, '')
    await admin.sendCommand(['ACL', 'SETUSER', user, 'on', '>pass word', '~*', '+get', '+set'])
    const { hostname: host, port } = new URL(testRedisUrl())
    const connection = { host, port: Number(port), username: user }
    const link = open({ connection: { ...connection, password: 'pass word' } }, ['return 1'])
    const key = ownPrefix()
    expect(await link.send(['SET', key, '1'], key)).toBe('OK')
    const wrong = open({ connection: { ...connection, password: 's3cret' } })
    const { error } = await failureOf(() => wrong.send(['GET', key], key))
    const typed = toTypedError('tier "redis"', 'GET', error)
    expect(typed).toMatchObject({ code: 'REDIS_REPLY', reply: 'WRONGPASS' })
    expect(typed.message).not.toContain('s3cret')
    await admin.sendCommand(['ACL', 'DELUSER', user])
    admin.destroy()
  })

  it('refuses at once while there is no server, and serves soon after there is one', async () => {
    const proxy = await throughProxy()
    await proxy.cut()
    const link = open({ url: proxy.url })
    expect((await failureOf(() => link.send(['PING']))).error.code).toBe('ECONNREFUSED')
    await proxy.heal()
    await until(serves(link, ownPrefix()), 'it serves')
  })
})

describe('a connection that fell silent', () => {
  it('while it is used all the time is given up, as is all that waits in it', async () => {
    const proxy = await throughProxy()
    const link = open({ url: proxy.url })
    await link.send(['PING'])
    proxy.forget()
    const outcomes: string[] = []
    // A write every 10 ms keeps the timeout of a socket from ever firing.
    await until(async () => {
      link.send(['PING']).then(
        () => outcomes.push('answered'),
        () => outcomes.push('rejected'),
      )
      return outcomes.includes('answered')
    }, 'another connection answers')
    expect(outcomes.indexOf('answered')).toBeGreaterThan(0)
    expect(outcomes[0]).toBe('rejected')
  })

  it('while nobody uses it is given up as well', async () => {
    const proxy = await throughProxy()
    const link = open({ url: proxy.url })
    await link.send(['PING'])
    let again = 0
    link.watch(() => {
      again += 1
    })
    proxy.forget()
    await until(async () => again === 1, 'there is another connection')
  })

  it('takes a bounded number of commands', async () => {
    const proxy = await throughProxy()
    const link = open({ url: proxy.url })
    await link.send(['PING'])
    proxy.pause()
    const codes = await Promise.all(
      Array.from({ length: 10_050 }, () =>
        failureOf(() => link.send(['PING'])).then(({ error }) => error.code),
      ),
    )
    expect(codes.filter(code => code === 'QUEUE_FULL')).toHaveLength(50)
  })
})

describe('a server that breaks the protocol', () => {
  it('by bytes that are no reply is never read on: no reply is given to another command', async () => {
    const fake = await fakeRedis((socket, data, nth) => {
      if (isGreeting(data)) socket.write(greeting)
      else if (nth === 1) socket.write('+first\r\n!nonsense\r\n+late\r\n')
      else socket.write('+second\r\n')
    })
    const link = open({ url: fake.url })
    const replies = Array.from({ length: 3 }, () => limited(link.send(['PING']), 5_000).catch(() => 'lost'))
    expect((await Promise.all(replies)).slice(1)).toEqual(['lost', 'lost'])
    await until(async () => fake.connections() > 1, 'it connected anew')
    await until(async () => (await link.send(['PING']).catch(() => '')) === 'second', 'it serves')
  })

  it('by refusing the greeting is not taken for ready (node-redis#3128)', async () => {
    const fake = await fakeRedis(socket => socket.write('-LOADING it reads its data\r\n+OK\r\n+OK\r\n'))
    const { error } = await failureOf(() => open({ url: fake.url }).send(['PING']))
    expect(error.message).toMatch(/^LOADING/)
    await until(async () => fake.connections() > 2, 'it tries again')
  })

  it('by ending in the middle of the greeting does not stop the attempts (node-redis#3374)', async () => {
    const fake = await fakeRedis((socket, data, nth) => {
      if (nth < 3) socket.write(greeting.slice(0, 9), () => socket.destroy())
      else socket.write(isGreeting(data) ? greeting : '+PONG\r\n')
    })
    const link = open({ url: fake.url })
    await until(async () => (await link.send(['PING']).catch(() => '')) === 'PONG', 'it serves')
  })

  it('by never answering the greeting does not stop the attempts (node-redis#3331)', async () => {
    const fake = await fakeRedis((socket, data, nth) => {
      if (nth > 1) socket.write(isGreeting(data) ? greeting : '+PONG\r\n')
    })
    const link = open({ url: fake.url })
    expect((await failureOf(() => link.send(['PING']))).error.code).toBe('ETIMEDOUT')
    await until(async () => (await link.send(['PING']).catch(() => '')) === 'PONG', 'it serves')
  })

  it('by closing its half of the connection costs no uncaught error (node-redis#3282)', async () => {
    const fake = await fakeRedis((socket, data, nth) => {
      if (isGreeting(data)) socket.write(greeting)
      else if (nth === 1) socket.end()
      else socket.write('+PONG\r\n')
    })
    const link = open({ url: fake.url })
    await until(async () => {
      const replies = Array.from({ length: 20 }, () => link.send(['PING']).catch(() => ''))
      return (await Promise.all(replies)).includes('PONG')
    }, 'it serves')
  })
})
