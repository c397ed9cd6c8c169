/** A real HTTP server that answers as the test says, and remembers what it was asked. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

export interface Origin {
  /** Of a path, `/` as a rule. */
  url(path?: string): string
  /** What came so far. */
  readonly requests: readonly IncomingMessage[]
  /** How it answers from now on. */
  answer(answer: Answer): void
  /** Resolves as the next request has come. */
  next(): Promise<IncomingMessage>
  close(): Promise<void>
}

export async function startOrigin(): Promise<Origin> {
  const requests: IncomingMessage[] = []
  let waiting: ((request: IncomingMessage) => void)[] = []
  let current: Answer = (_, response) => response.end('hello')
  const server = createServer((request, response) => {
    requests.push(request)
    // The tests have a clock of their own.
    response.sendDate = false
    for (const tell of waiting) tell(request)
    waiting = []
    current(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: (path = '/') => `http://127.0.0.1:${port}${path}`,
    requests,
    answer: answer => {
      current = answer
    },
    next: () => new Promise(resolve => waiting.push(resolve)),
    close: async () => {
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** Counts its answers in the body. */
export function counting(headers: Record<string, string>, status = 200): Answer {
  let count = 0
  return (_, response) => {
    count += 1
    response.writeHead(status, headers)
    response.end(`answer ${count}`)
  }
}
