import { readFile } from 'node:fs/promises'
import { type Certificates, createCertificates, type RunningServer, startRedis } from '@greenlang/servers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { toTypedError } from '../src/error.ts'
import { closeAll, open, openBus, untilHeard } from './connect-support.ts'
import { failureOf, ownPrefix } from './support.ts'

const started: { ours?: Certificates; others?: Certificates; server?: RunningServer } = {}

beforeAll(async () => {
  started.ours = await createCertificates()
  started.others = await createCertificates()
  const { ca, cert, key } = started.ours
  started.server = await startRedis({ redisUrl: '', tls: { ca, cert, key } })
}, 120_000)
afterEach(closeAll)
afterAll(async () => {
  await started.server?.stop()
  await started.ours?.stop()
  await started.others?.stop()
})

/** With the authority of these certificates. */
async function connectionBy(certificates: Certificates | undefined, host = '127.0.0.1') {
  const { port, password } = new URL(started.server?.tlsUrl ?? '')
  const ca = await readFile(certificates?.ca ?? '')
  return { host, port: Number(port), password: decodeURIComponent(password), tls: { ca } }
}

const refusalOf = async (options: Parameters<typeof open>[0]) => {
  const { error } = await failureOf(() => open(options).send(['PING']))
  return toTypedError('tier "redis"', 'PING', error)
}

describe('TLS', () => {
  it.each(['127.0.0.1', 'localhost'])('to %s works with the authority of the server', async host => {
    const connection = await connectionBy(started.ours, host)
    const key = ownPrefix()
    const link = open({ connection, poolSize: 2 })
    expect(await link.send(['SET', key, 'a'], key)).toBe('OK')
    const bus = openBus({ connection }, key)
    await untilHeard(bus, key, 'by TLS')
  })

  it('with another authority is refused, typed, and shows no secret', async () => {
    const connection = await connectionBy(started.others)
    const error = await refusalOf({ connection })
    expect(error).toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      reason: expect.stringMatching(/CERT|VERIFY|ISSUER/),
    })
    expect(error.message).not.toContain(connection.password)
    expect(error.message).not.toContain('BEGIN')
  })

  it('by a url trusts the authorities of Node only', async () => {
    const error = await refusalOf({ url: started.server?.tlsUrl ?? '' })
    expect(error).toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      reason: expect.stringMatching(/CERT|VERIFY|ISSUER/),
    })
  })

  it('to a certificate for another name is refused', async () => {
    const connection = await connectionBy(started.ours)
    const tls = { ...connection.tls, servername: 'elsewhere.test' }
    expect(await refusalOf({ connection: { ...connection, tls } })).toMatchObject({
      reason: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
  })

  it('by a client without it is refused, and a server without it refuses', async () => {
    const connection = await connectionBy(started.ours)
    expect(await refusalOf({ connection: { ...connection, tls: false } })).toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    })
    const plain = Number(new URL(started.server?.url ?? '').port)
    expect(await refusalOf({ connection: { ...connection, port: plain } })).toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    })
  })

  it('without verification is to be asked for', async () => {
    const connection = await connectionBy(started.others)
    const link = open({ connection: { ...connection, tls: { rejectUnauthorized: false } } })
    expect(await link.send(['PING'])).toBe('PONG')
  })
})
