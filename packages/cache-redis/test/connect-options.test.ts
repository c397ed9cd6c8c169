import { describe, expect, it } from '@jest/globals'
import { checkSource } from '../src/connect/options.ts'

const client = { sendCommand: async () => null }
const nodes = [{ host: 'a' }]

describe('checkSource', () => {
  it.each<[string, object]>([
    ['url', {}],
    ['url', { url: 'redis://localhost', client }],
    ['url', { url: 'redis://localhost', connection: {} }],
    ['url', { url: 'http://localhost' }],
    ['url', { url: 'redis://user:50%@localhost' }],
    ['subscriber', { url: 'redis://localhost', subscriber: client }],
    ['client.sendCommand', { client: {} }],
    ['client.sendCommand', { client: null }],
    ['subscriber.sendCommand', { client, subscriber: {} }],
    ['poolSize', { client, poolSize: 2 }],
    ['poolSize', { url: 'redis://localhost', poolSize: 51 }],
    ['poolSize', { url: 'redis://localhost', poolSize: 0 }],
    ['test.connection.hosts', { connection: { hosts: 'a' } }],
    ['connection', { connection: { host: 'a', cluster: { nodes } } }],
    ['connection', { connection: { cluster: { nodes }, sentinel: { name: 'a', nodes } } }],
    ['connection.host', { connection: { host: '' } }],
    ['connection.port', { connection: { port: 65_536 } }],
    ['connection.username', { connection: { username: '' } }],
    ['connection.password', { connection: { password: 5 } }],
    ['connection.database', { connection: { database: -1 } }],
    ['connection.database', { connection: { database: 1, cluster: { nodes } } }],
    ['connection.addressMap', { connection: { addressMap: {} } }],
    ['of connection.tls', { connection: { tls: 'yes' } }],
    ['connection.tls.verify', { connection: { tls: { verify: false } } }],
    ['connection.tls.ca', { connection: { tls: { ca: 5 } } }],
    ['connection.tls.key', { connection: { tls: { key: [] } } }],
    ['connection.tls.servername', { connection: { tls: { servername: '' } } }],
    ['connection.tls.rejectUnauthorized', { connection: { tls: { rejectUnauthorized: 0 } } }],
    ['connection.sentinel.name', { connection: { sentinel: { nodes } } }],
    ['connection.sentinel.nodes', { connection: { sentinel: { name: 'a', nodes: [] } } }],
    ['connection.cluster.nodes', { connection: { cluster: { nodes: 'a:1' } } }],
    ['connection.cluster.nodes[0].host', { connection: { cluster: { nodes: [{ port: 1 }] } } }],
  ])('refuses a bad %s: %j', (option, options) => {
    expect(() => checkSource('test', options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    )
  })

  it('shows no secret', () => {
    const secret = 's3cret'
    for (const options of [
      { url: `http://user:${secret}@host` },
      { connection: { password: secret, port: -1 } },
      { connection: { password: [secret] } },
      { connection: { tls: { key: { secret } } } },
    ])
      expect(() => checkSource('test', options as never)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(secret) }),
      )
  })

  it('reads the parts of a url', () => {
    expect(checkSource('test', { url: 'rediss://us%40er:p%3Aw@[::1]:7000/3' })).toEqual({
      kind: 'server',
      poolSize: 1,
      address: { host: '::1', port: 7_000 },
      access: { username: 'us@er', password: 'p:w', database: 3, tls: { rejectUnauthorized: true } },
    })
  })

  it('knows the usual ports', () => {
    expect(checkSource('test', { url: 'redis://a' })).toMatchObject({ address: { host: 'a', port: 6_379 } })
    expect(checkSource('test', { connection: {} })).toMatchObject({
      address: { host: 'localhost', port: 6_379 },
    })
    expect(checkSource('test', { connection: { cluster: { nodes } } })).toMatchObject({
      nodes: [{ host: 'a', port: 6_379 }],
    })
    expect(checkSource('test', { connection: { sentinel: { name: 'b', nodes } } })).toMatchObject({
      nodes: [{ host: 'a', port: 26_379 }],
    })
  })
})
