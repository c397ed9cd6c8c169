/** What each file of fault tests has: a Redis of its own, and a proxy before it that one of the parties goes through. */
import { type FaultProxy, faultProxy } from '@greenlang/testkit'
import { afterAll, beforeAll } from '@jest/globals'
import { type OwnRedis, ownRedis } from './own-redis.ts'

export interface FileRedis {
  readonly redis: OwnRedis
  readonly proxy: FaultProxy
  /** The first party goes through the proxy, the second one does not. */
  sources(): { url: string }[]
  readonly secrets: readonly string[]
}

export const subscriber = 'subscriber'

/** To be called once a file, at its top. */
export function fileRedis(): FileRedis {
  const started: { redis?: OwnRedis; proxy?: FaultProxy } = {}
  beforeAll(async () => {
    const redis = await ownRedis()
    const to = { host: redis.host, port: redis.port }
    const classify = (chunk: Buffer) =>
      /\r\nsubscribe\r\n/i.test(chunk.toString('latin1')) ? subscriber : undefined
    started.redis = redis
    started.proxy = await faultProxy({ to, classify })
  }, 60_000)
  afterAll(async () => {
    await started.proxy?.close()
    await started.redis?.stop()
  }, 60_000)
  const redis = () => started.redis as OwnRedis
  const proxy = () => started.proxy as FaultProxy
  return {
    get redis() {
      return redis()
    },
    get proxy() {
      return proxy()
    },
    sources: () => [{ url: proxy().url(redis().url) }, { url: redis().url }],
    get secrets() {
      return [redis().password]
    },
  }
}
