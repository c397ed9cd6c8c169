import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { testRedisUrl } from '@greenlang/servers'
import { createClient } from 'redis'

/** A prefix that no other test uses. */
export function ownPrefix(): string {
  return `test-${process.pid}-${randomBytes(6).toString('hex')}:`
}

/** A plain client of the same server, to see and to spoil what the tier wrote. */
export async function rawClient(url = testRedisUrl()) {
  const client = createClient({ url })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** Removes what the tests of this process wrote: the server may be somebody's own. */
export async function removeOwnKeys(): Promise<void> {
  const client = await rawClient()
  for await (const keys of client.scanIterator({ MATCH: `test-${process.pid}-*`, COUNT: 1_000 }))
    if (keys.length > 0) await client.unlink(keys)
  client.destroy()
}

/** Asks until the answer is yes, for 10 s at most. */
export async function until(answer: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await answer())) {
    if (performance.now() > end) throw new Error(`waited 10 s in vain until ${what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** A way to Redis that can be cut, or go silent. */
export interface TcpProxy {
  readonly url: string
  /** Holds back every byte until `resume`. */
  pause(): void
  resume(): void
  /** Loses every byte of the connections there are, for ever; new ones work. */
  forget(): void
  /** Refuses, and resets what is there. */
  cut(): Promise<void>
  /** Listens again on the same port. */
  heal(): Promise<void>
}

export async function openProxy(): Promise<TcpProxy> {
  const target = new URL(testRedisUrl())
  const sockets = new Set<Socket>()
  let paused = false
  const join = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.pipe(to)
    if (paused) from.pause()
    from.on('error', () => undefined)
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
  const server = createServer(near => {
    const far = connect(Number(target.port || 6379), target.hostname)
    join(near, far)
    join(far, near)
  })
  const listen = async (port: number) => {
    paused = false
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  return {
    url: url.href,
    pause() {
      paused = true
      for (const socket of sockets) socket.pause()
    },
    resume() {
      paused = false
      for (const socket of sockets) socket.resume()
    },
    forget() {
      for (const socket of sockets) socket.unpipe().resume()
    },
    async cut() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.resetAndDestroy()
      await closed
    },
    heal: () => listen(port),
  }
}

/** What `call` fails with, and how long that took. */
export async function failureOf(
  call: () => unknown,
): Promise<{ error: { code?: string; message: string }; tookMs: number }> {
  const begun = performance.now()
  try {
    await call()
  } catch (error) {
    return { error: error as Error, tookMs: performance.now() - begun }
  }
  throw new Error('it did not fail')
}
