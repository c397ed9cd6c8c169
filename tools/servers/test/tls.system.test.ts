import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createClient } from 'redis'
import { createCertificates, startRedis } from '../src/index.ts'

const searched = process.env.PATH
afterEach(() => {
  process.env.PATH = searched
})

async function pingTls(url: string, ca: string): Promise<string> {
  const socket = { tls: true, ca: readFileSync(ca), reconnectStrategy: false } as const
  const client = createClient({ url, socket })
  client.on('error', () => {})
  try {
    await client.connect()
    return await client.ping()
  } finally {
    if (client.isOpen) client.destroy()
  }
}

describe('createCertificates', () => {
  it('makes a certificate for localhost, signed by its own authority, and removes it', async () => {
    const made = await createCertificates()
    const [cert, ca] = [made.cert, made.ca].map(file => new X509Certificate(readFileSync(file)))
    expect(ca?.ca).toBe(true)
    expect(cert?.ca).toBe(false)
    expect(cert?.checkIP('127.0.0.1')).toBe('127.0.0.1')
    expect(cert?.checkHost('localhost')).toBe('localhost')
    expect(ca && cert?.checkIssued(ca)).toBe(true)
    await made.stop()
    expect(existsSync(dirname(made.key))).toBe(false)
  })

  it.each([[{ hosts: [] }], [{ hosts: ['a,DNS:b'] }], [{ hosts: ['a\nb'] }]])(
    'refuses hosts that are none: %j',
    async options => {
      await expect(createCertificates(options)).rejects.toMatchObject({ option: 'hosts' })
    },
  )

  it('says in one sentence that there is no openssl', async () => {
    process.env.PATH = '/nowhere'
    await expect(createCertificates()).rejects.toMatchObject({
      code: 'SERVER_UNAVAILABLE',
      server: 'OpenSSL',
      message: 'openssl is not on PATH; install it to make certificates',
    })
  })
})

describe('startRedis with tls', () => {
  it('answers on its TLS port those who trust its authority', async () => {
    await using made = await createCertificates()
    await using stranger = await createCertificates({ hosts: ['elsewhere.test'] })
    const { ca, cert, key } = made
    await using server = await startRedis({ redisUrl: '', tls: { ca, cert, key } })
    expect(server.tlsUrl).toMatch(/^rediss:\/\/:\w+@127\.0\.0\.1:\d+$/)
    const { tlsUrl = '' } = server
    expect(await pingTls(tlsUrl, ca)).toBe('PONG')
    await expect(pingTls(tlsUrl, stranger.ca)).rejects.toMatchObject({
      code: expect.stringMatching(/UNABLE_TO_VERIFY|SIGNATURE|SELF_SIGNED/),
    })
    await using other = await startRedis({
      redisUrl: '',
      tls: { ca: stranger.ca, cert: stranger.cert, key: stranger.key },
    })
    await expect(pingTls(other.tlsUrl ?? '', stranger.ca)).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
  }, 60_000)

  it('has no such URL without, and refuses paths that are none', async () => {
    await using server = await startRedis({ redisUrl: '' })
    expect(server.tlsUrl).toBeUndefined()
    const tls = { ca: 'a', cert: 'b', key: '' }
    await expect(startRedis({ redisUrl: '', tls })).rejects.toMatchObject({ option: 'tls.key' })
    await expect(startRedis({ redisUrl: server.url, tls: { ...tls, key: 'c' } })).rejects.toMatchObject({
      option: 'tls',
    })
  })
})
