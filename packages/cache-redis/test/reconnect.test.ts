import { getEventListeners, once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { redisTier } from '@greenlang/cache-redis'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { until } from './support.ts'

const Original = globalThis.AbortController
const signals: AbortSignal[] = []

beforeEach(() => {
  globalThis.AbortController = class extends Original {
    constructor() {
      super()
      signals.push(this.signal)
    }
  }
})
afterEach(() => {
  globalThis.AbortController = Original
})

it('leaves no listener behind for each connection that is lost', async () => {
  let attempts = 0
  const server = createServer(socket => {
    attempts += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const tier = redisTier({ url: `redis://127.0.0.1:${port}` })
  try {
    await until(async () => attempts > 6, 'it connected again and again')
    expect(signals.length).toBeGreaterThan(0)
    for (const signal of signals) expect(getEventListeners(signal, 'abort').length).toBeLessThan(4)
  } finally {
    await tier.close()
    server.close()
  }
  for (const signal of signals) expect(getEventListeners(signal, 'abort').length).toBeLessThan(4)
})
