/**
 * Ports for the servers of a group. They lie below the range from which systems take the ports of outgoing connections,
 * so that none of those takes the port of a server that is down and shall come back on it.
 */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { ServerStartError } from './error.ts'

/** Ports of servers; those of the cluster's own talk lie 10000 above, and the two ranges do not meet. */
const firstPort = 12_000
const portCount = 9_000
const busOffset = 10_000
const tries = 100
const noPort = `Redis found none of ${tries} ports free; end what listens on 127.0.0.1, then try again`

/** Looks for ports that are free together with their bus port; none is given twice. */
export function portFinder(): () => Promise<number> {
  const given = new Set<number>()
  return async () => {
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const port = firstPort + randomInt(portCount)
      if (given.has(port)) continue
      given.add(port)
      if ((await isFree(port)) && (await isFree(port + busOffset))) return port
    }
    throw new ServerStartError('Redis', 'port-in-use', noPort)
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
