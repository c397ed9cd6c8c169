import { createServer } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { portFinder } from '../src/group-port.ts'

describe('the ports of a group', () => {
  it('are all different, below 55000, and none is the bus port of another', async () => {
    const find = portFinder()
    const ports = await Promise.all(Array.from({ length: 50 }, find))
    expect(new Set([...ports, ...ports.map(port => port + 10_000)]).size).toBe(100)
    for (const port of ports) expect(port).toBeLessThan(55_000)
  })

  it('are free together with their bus ports', async () => {
    const find = portFinder()
    const port = await find()
    for (const place of [port, port + 10_000]) {
      const server = createServer()
      await new Promise<void>(resolve => server.listen(place, '127.0.0.1', resolve))
      await new Promise(resolve => server.close(resolve))
    }
  })
})
