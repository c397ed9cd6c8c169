import { redisTier } from '@greenlang/cache-redis'
import { describe, expect, it } from '@jest/globals'

const client = { sendCommand: async () => null }

describe('redisTier refuses', () => {
  it.each<[string, object]>([
    ['url', {}],
    ['url', { url: 'redis://localhost', client }],
    ['url', { url: 'http://localhost:6379' }],
    ['url', { url: 'localhost:6379' }],
    ['url', { url: 'redis://' }],
    ['url', { url: 'redis://user:50%@localhost' }],
    ['url', { url: 'redis://localhost/first' }],
    ['url', { url: 6379 }],
    ['client.sendCommand', { client: {} }],
    ['client.sendCommand', { client: null }],
    ['name', { client, name: '' }],
    ['prefix', { client, prefix: '' }],
    ['prefix', { client, prefix: 'a{b}:' }],
    ['maxTtl', { client, maxTtl: 0 }],
    ['maxTtl', { client, maxTtl: '5 minutes' }],
    ['codec.decode', { client, codec: { encode: () => Buffer.of() } }],
    ['compression', { client, compression: 'zip' }],
    ['compressAbove', { client, compressAbove: -1 }],
    ['seal.mode', { client, seal: { mode: 'hide', keys: [] } }],
    ['seal.keys', { client, seal: { mode: 'sign', keys: [] } }],
    ['poolSize', { client, poolSize: 2 }],
    ['poolSize', { url: 'redis://localhost', poolSize: 51 }],
    ['redisTier.connection.hosts', { connection: { hosts: [] } }],
    ['deadline', { client, deadline: 0 }],
    ['openFor', { client, openFor: '2d' }],
    ['onState', { client, onState: 1 }],
    ['clock', { client, clock: {} }],
    ['redisTier.host', { client, host: 'localhost' }],
  ])('a bad %s: %j', (option, options) => {
    expect(() => redisTier(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    )
  })

  it('a url without showing it', () => {
    expect(() => redisTier({ url: 'http://user:s3cret@host' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('s3cret') }),
    )
  })

  it('the secret of a seal without showing it', () => {
    const seal = { mode: 'encrypt', keys: [{ id: 'a', secret: 's3cret' }] } as const
    expect(() => redisTier({ url: 'redis://127.0.0.1:1', seal })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('s3cret') }),
    )
  })

  it('bad options before it opens anything', () => {
    expect(() => redisTier({ url: 'redis://127.0.0.1:1', deadline: -1 })).toThrow('deadline')
  })
})
