import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type FaultConnection, type FaultProxy, type FaultProxyOptions, faultProxy } from '../../src/index.ts'

/** One end of a connection: what it received, and how the other end left. */
export interface End {
  readonly socket: Socket
  readonly chunks: Buffer[]
  text(): string
  ended: boolean
  closed: boolean
  /** Code of the error it saw. */
  failure: string | undefined
}

export function watch(socket: Socket): End {
  const chunks: Buffer[] = []
  const text = () => Buffer.concat(chunks).toString('latin1')
  const end: End = { socket, chunks, text, ended: false, closed: false, failure: undefined }
  socket.on('data', chunk => chunks.push(chunk))
  socket.on('end', () => {
    end.ended = true
  })
  socket.on('close', () => {
    end.closed = true
  })
  socket.on('error', error => {
    end.failure = (error as { code?: string }).code ?? 'no code'
  })
  return end
}

/** Asks until the answer is yes, for 10 s at most. */
export async function until(answer: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000
  while (!answer()) {
    if (performance.now() > end) throw new Error(`waited 10 s in vain until ${what}`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}

/** Some turns of the event loop, with real I/O in each: what could have come through has. */
export async function settle(): Promise<void> {
  const server = createServer(socket => socket.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  for (let turn = 0; turn < 5; turn += 1) {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').resume()
    await once(socket, 'close')
  }
  server.close()
  await once(server, 'close')
}

export interface Link {
  readonly client: End
  readonly server: End
  readonly through: FaultConnection
}

export interface Lab {
  readonly proxy: FaultProxy
  readonly targetPort: number
  /** A client that is connected, and what the server sees of it. */
  link(): Promise<Link>
  /** A client, whatever becomes of it. */
  client(): End
}

/** Opens a server that only listens and a proxy to it, runs `body`, and ends both. */
export async function inLab(
  body: (lab: Lab) => Promise<void>,
  options: Partial<FaultProxyOptions> = {},
): Promise<void> {
  const arrived: End[] = []
  const clients: End[] = []
  const target = createServer({ allowHalfOpen: true }, socket => arrived.push(watch(socket)))
  target.listen(0, '127.0.0.1')
  await once(target, 'listening')
  const targetPort = (target.address() as AddressInfo).port
  const proxy = await faultProxy({ to: { host: '127.0.0.1', port: targetPort }, ...options })
  const client = () => {
    const end = watch(connect({ port: proxy.port, host: proxy.host, allowHalfOpen: true, noDelay: true }))
    clients.push(end)
    return end
  }
  const link = async () => {
    const before = arrived.length
    const made = client()
    await until(
      () => arrived.length > before && proxy.connections.length > 0,
      'the server has the connection',
    )
    return {
      client: made,
      server: arrived.at(-1) as End,
      through: proxy.connections.at(-1) as FaultConnection,
    }
  }
  try {
    await body({ proxy, targetPort, link, client })
  } finally {
    await proxy.close()
    for (const { socket } of [...clients, ...arrived]) socket.destroy()
    await until(() => [...clients, ...arrived].every(({ closed }) => closed), 'all ends are closed')
    target.close()
    await once(target, 'close')
  }
}
