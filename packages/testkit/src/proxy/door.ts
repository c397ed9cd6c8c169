/** The listener of the proxy, which can be shut and opened again on the same port. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { FaultProxyListenError } from './error.ts'

export interface Door {
  /** Where it listens, or last did. */
  readonly port: number
  readonly open: boolean
  /** @throws FaultProxyListenError */
  listen(): Promise<void>
  /** From here on connections are refused; those there are stay. */
  shut(): Promise<void>
}

interface DoorOptions {
  readonly host: string
  readonly port: number
  readonly enter: (socket: Socket) => void
}

export function createDoor({ host, port, enter }: DoorOptions): Door {
  let listening: Server | undefined
  let at = port
  let last: Promise<void> = Promise.resolve()

  // A server per opening: one whose connections are still alive does not tell when it has closed.
  const listen = async () => {
    if (listening !== undefined) return
    const server = createServer({ allowHalfOpen: true, noDelay: true }, enter)
    try {
      server.listen({ host, port: at, exclusive: true })
      await once(server, 'listening')
    } catch (cause) {
      throw new FaultProxyListenError({ host, port: at }, cause)
    }
    // Accepting can fail later on, for want of descriptors: the client sees that, and nobody else has to.
    server.on('error', () => undefined)
    at = (server.address() as AddressInfo).port
    listening = server
  }
  const shut = async () => {
    listening?.close()
    listening = undefined
  }
  const inTurn = (step: () => Promise<void>) => {
    const done = last.then(step)
    last = done.catch(() => undefined)
    return done
  }
  return {
    get port() {
      return at
    },
    get open() {
      return listening !== undefined
    },
    listen: () => inTurn(listen),
    shut: () => inTurn(shut),
  }
}
