import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createClient } from 'redis'
import { freePort } from '../src/free-port.ts'
import { type RunningServer, startRedis } from '../src/index.ts'
import { directoriesOf, isAlive, processesAbout, temporaryDirectory, until } from './support.ts'

const own = { redisUrl: '' }
const place = temporaryDirectory()
const cacheDirectory = join(place.path, 'cache')
const searched = process.env.PATH ?? ''
afterEach(() => {
  process.env.PATH = searched
})
afterAll(place.remove)

const downloading = `Redis: downloading the Debian package redis-server into ${cacheDirectory}; nothing is installed`

/** What apt and dpkg know, and the lists they last fetched: nothing of it may change. */
function systemState(): string {
  const places = [
    '/var/lib/apt/lists',
    '/var/cache/apt/archives',
    '/var/lib/dpkg/status',
    '/var/lib/dpkg/info',
  ]
  return places.map(file => `${file} ${existsSync(file) ? statSync(file).mtimeMs : 'absent'}`).join('\n')
}

async function askOnce(url: string, ...command: string[]): Promise<unknown> {
  const client = createClient({ url })
  await client.connect()
  try {
    return await client.sendCommand(command)
  } finally {
    client.destroy()
  }
}

/** A folder with one program of that name, which runs `line`. */
async function folderWith(name: string, line: string): Promise<string> {
  const folder = join(place.path, `${name}-${readdirSync(place.path).length}`)
  await mkdir(folder)
  await writeFile(join(folder, name), `#!/bin/sh\n${line}\n`)
  await chmod(join(folder, name), 0o755)
  return folder
}

describe('startRedis with the Debian package', () => {
  const lines: string[][] = [[], []]
  let servers: RunningServer[]
  const before = systemState()
  const hooked = join(place.path, 'hooked')

  beforeAll(async () => {
    // A machine whose apt runs something after each update, as images for containers have it.
    process.env.APT_CONFIG = join(place.path, 'apt.conf')
    await writeFile(process.env.APT_CONFIG, `APT::Update::Post-Invoke { "touch ${hooked}"; };\n`)
    const start = (report: string[]) =>
      startRedis({ ...own, cacheDirectory, from: ['debian-package'], report: line => report.push(line) })
    servers = await Promise.all(lines.map(start))
    delete process.env.APT_CONFIG
  }, 180_000)
  afterAll(() => Promise.all(servers.map(server => server.stop())))

  it('downloads it once or twice when two start at once, says so in one line each, and both run', async () => {
    for (const [index, server] of servers.entries()) {
      expect(server).toMatchObject({ owned: true, origin: `Debian package redis-server ${server.version}` })
      expect(await askOnce(server.url, 'PING')).toBe('PONG')
      expect(isAlive(server.pid ?? 0)).toBe(true)
      const { host, password } = new URL(server.url)
      expect(lines[index]?.[0]).toBe(downloading)
      expect(lines[index]?.[1]).toBe(`Redis: starting ${server.origin}`)
      expect(lines[index]?.[2]).toMatch(
        new RegExp(`^Redis: ${server.version} ready on ${host} in \\d+ ms \\(Debian`),
      )
      expect(lines[index]).toHaveLength(3)
      expect(lines[index]?.join()).not.toContain(password)
    }
  })

  it('leaves one folder in the cache, and the system as it was', () => {
    expect(readdirSync(cacheDirectory)).toEqual([
      expect.stringMatching(/^redis-server-(debian|ubuntu)-[\d.]+-\w+$/),
    ])
    expect(systemState()).toBe(before)
    expect(existsSync(hooked)).toBe(false)
  })

  it('keeps nothing on disk, and lets nobody in without the password', async () => {
    const [{ url } = { url: '' }] = servers
    expect(await askOnce(url, 'CONFIG', 'GET', 'save')).toEqual({ save: '' })
    expect(await askOnce(url, 'CONFIG', 'GET', 'appendonly')).toEqual({ appendonly: 'no' })
    expect(await askOnce(url, 'DEBUG', 'SLEEP', '0')).toBe('OK')
    const stranger = new URL(url)
    stranger.password = ''
    await expect(askOnce(stranger.href, 'PING')).rejects.toThrow('NOAUTH')
  })

  it('uses the cache the next time, and rebuilds what is broken in it', async () => {
    const [name = ''] = readdirSync(cacheDirectory)
    const start = async () => {
      const said: string[] = []
      const report = (line: string) => said.push(line)
      await using server = await startRedis({ ...own, cacheDirectory, from: ['debian-package'], report })
      expect(await askOnce(server.url, 'PING')).toBe('PONG')
      return said
    }
    expect(await start()).not.toContain(downloading)
    await writeFile(join(cacheDirectory, name, 'usr/bin/redis-check-rdb.new'), 'broken')
    await rename(
      join(cacheDirectory, name, 'usr/bin/redis-check-rdb.new'),
      join(cacheDirectory, name, 'usr/bin/redis-check-rdb'),
    )
    expect(await start()).toContain(downloading)
    expect(readdirSync(cacheDirectory)).toEqual([name])
  }, 180_000)

  it.each(['redis-server', 'valkey-server'])(
    'is not asked for where %s is on PATH',
    async name => {
      const [cached = ''] = readdirSync(cacheDirectory)
      const root = join(cacheDirectory, cached)
      const [triplet = ''] = readdirSync(join(root, 'usr/lib')).filter(folder =>
        folder.includes('-linux-gnu'),
      )
      const libraries = join(root, 'usr/lib', triplet)
      const line = `LD_LIBRARY_PATH=${libraries} exec ${root}/usr/bin/redis-server "$@"`
      process.env.PATH = await folderWith(name, line)
      await using server = await startRedis({ ...own, cacheDirectory: join(place.path, 'none') })
      expect(server.origin).toBe(`${name} on PATH`)
      expect(await askOnce(server.url, 'PING')).toBe('PONG')
      expect(existsSync(join(place.path, 'none'))).toBe(false)
    },
    60_000,
  )

  it('takes its settings, and gives the words of a server that ended', async () => {
    const settings = { maxmemory: '50mb', 'client-output-buffer-limit': 'pubsub 1mb 1mb 60' }
    await using server = await startRedis({ ...own, cacheDirectory, settings })
    expect(await askOnce(server.url, 'CONFIG', 'GET', 'maxmemory')).toEqual({
      maxmemory: String(50 * 1024 ** 2),
    })
    const count = directoriesOf().length
    await expect(startRedis({ ...own, cacheDirectory, settings: { nosuch: '1' } })).rejects.toMatchObject({
      code: 'SERVER_START',
      reason: 'exited',
      message: expect.stringMatching(
        /^Redis ended while it was starting; its last words: >>> 'nosuch 1' Bad directive/,
      ),
    })
    expect(directoriesOf()).toHaveLength(count)
  })

  it('says in one sentence that the port asked for is in use', async () => {
    const port = await freePort()
    await using _server = await startRedis({ ...own, cacheDirectory, port })
    await expect(startRedis({ ...own, cacheDirectory, port })).rejects.toMatchObject({
      code: 'SERVER_START',
      reason: 'port-in-use',
      message: `Redis could not listen on 127.0.0.1:${port}: the port is in use; choose another, or leave the choice to it`,
    })
  })
})

describe('startRedis where none is to be had', () => {
  const remedy = 'install Redis (on Debian: sudo apt-get install redis-server) or set REDIS_URL'

  it('says so in one sentence when this is not Debian', async () => {
    process.env.PATH = await folderWith('sh', 'exec /bin/sh "$@"')
    await expect(startRedis({ ...own, cacheDirectory: join(place.path, 'none') })).rejects.toMatchObject({
      code: 'SERVER_UNAVAILABLE',
      server: 'Redis',
      message:
        'no Redis to be had: neither redis-server nor valkey-server is on PATH, and this is not Debian or Ubuntu, ' +
        `so its package cannot be downloaded; ${remedy}`,
    })
    expect(directoriesOf()).toEqual([])
  })

  it('says so in one sentence when the download fails, and leaves nothing', async () => {
    const folder = await folderWith('apt-get', 'echo "E: Failed to fetch the package" >&2; exit 100')
    process.env.PATH = `${folder}:${searched}`
    const offline = join(place.path, 'offline')
    await expect(
      startRedis({ ...own, cacheDirectory: offline, from: ['debian-package'] }),
    ).rejects.toMatchObject({
      code: 'SERVER_UNAVAILABLE',
      message:
        'no Redis to be had: the Debian package redis-server could not be downloaded ' +
        `(apt-get update: E: Failed to fetch the package); ${remedy}`,
    })
    expect(readdirSync(offline)).toEqual([])
    expect(directoriesOf()).toEqual([])
  })

  it('says so in one sentence when the cache directory cannot be made', async () => {
    const file = join(place.path, 'a-file')
    await writeFile(file, '')
    await expect(
      startRedis({ ...own, cacheDirectory: join(file, 'cache'), from: ['debian-package'] }),
    ).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' })
    expect(await readFile(file, 'utf8')).toBe('')
  })
})

describe('startRedis, aborted', () => {
  const reason = new Error('enough')

  async function abortedWhen(look: () => unknown, options: object): Promise<void> {
    const abort = new AbortController()
    const starting = startRedis({ ...own, ...options, signal: abort.signal })
    starting.catch(() => {})
    await until(() => look() || undefined)
    abort.abort(reason)
    await expect(starting).rejects.toBe(reason)
    expect(directoriesOf()).toEqual([])
    expect(processesAbout(`greenlang-redis-${process.pid}-`)).toEqual([])
  }

  it('before it began', async () => {
    await expect(startRedis({ ...own, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(directoriesOf()).toEqual([])
  })

  it('while it downloads', async () => {
    const cut = join(place.path, 'cut')
    const lists = () => {
      const [name] = existsSync(cut) ? readdirSync(cut) : []
      return (
        name !== undefined && existsSync(join(cut, name, 'apt/apt.conf')) && processesAbout(cut).length > 0
      )
    }
    await abortedWhen(lists, { cacheDirectory: cut, from: ['debian-package'] })
    expect(readdirSync(cut)).toEqual([])
    expect(processesAbout(cut)).toEqual([])
  }, 60_000)

  it('while it waits for the server', async () => {
    const line = `if [ "$1" = --version ]; then echo "Redis server v=7.0.0 sha=0"; else exec sleep 1000; fi`
    process.env.PATH = `${await folderWith('redis-server', line)}:${searched}`
    const waits = () =>
      processesAbout(`greenlang-redis-${process.pid}-`).some(text => text.includes('sleep 1000'))
    await abortedWhen(waits, {})
  }, 60_000)
})

describe('the configuration file', () => {
  it('is readable by its owner only, and the password is on no command line', async () => {
    await using server = await startRedis({ ...own, cacheDirectory })
    const [directory = ''] = directoriesOf()
    expect(statSync(join(directory, 'redis.conf')).mode & 0o777).toBe(0o600)
    const { password } = new URL(server.url)
    expect(readFileSync(`/proc/${server.pid}/cmdline`, 'utf8')).not.toContain(password)
    expect(processesAbout(password)).toEqual([])
  })
})
