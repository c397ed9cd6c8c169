import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { testRedisUrl } from '@greenlang/servers'
import { describe, expect, it } from '@jest/globals'

const run = promisify(execFile)
const script = join(import.meta.dirname, 'fixtures/use-and-close.ts')

const use = async (url: string) => {
  const args = ['--conditions=greenlang-source', '--import', 'tsx', script, url]
  const { stdout } = await run(process.execPath, args, { timeout: 20_000 })
  const { result, left, closeMs, afterCloseMs } = JSON.parse(stdout)
  return { result, left, closedAtOnce: closeMs < 500, endedAtOnce: afterCloseMs < 500 }
}

describe('a process that closed its tier', () => {
  it.each([
    ['connected', testRedisUrl(), 'value'],
    ['while it was down', 'redis://127.0.0.1:1', 'REDIS_UNAVAILABLE'],
  ])('%s ends by itself', async (_, url, result) => {
    expect(await use(url)).toEqual({ result, left: [], closedAtOnce: true, endedAtOnce: true })
  })

  it('while the server does not answer its greeting ends by itself', async () => {
    const silent = createServer(socket => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    try {
      const { port } = silent.address() as AddressInfo
      expect(await use(`redis://127.0.0.1:${port}`)).toEqual({
        result: 'DEADLINE',
        left: [],
        closedAtOnce: true,
        endedAtOnce: true,
      })
    } finally {
      silent.close()
    }
  })
})
