import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort } from '../src/free-port.ts'
import { startPostgres, startRedis } from '../src/index.ts'
import { openSupervisor, type Supervisor } from '../src/owned-process.ts'
import { type ListenPlan, listen, underSupervisor } from '../src/start.ts'
import { isAlive } from './support.ts'

const prefix = join(tmpdir(), `servers-test-${process.pid}-`)
const env = { PATH: process.env.PATH }
/** Listens on the port it is given, or fails as servers do. */
const listener = (port: number) => ({
  command: process.execPath,
  args: ['-e', `require('net').createServer().listen(${port}, '127.0.0.1')`],
  env,
})

function answers(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', reject).once('connect', () => resolve('1.0'))
    socket.once('connect', () => socket.destroy())
  })
}

describe('listen', () => {
  let supervisor: Supervisor
  const stranger = createServer()
  let taken = 0
  beforeAll(async () => {
    await new Promise<void>(resolve => stranger.listen(0, '127.0.0.1', resolve))
    taken = (stranger.address() as { port: number }).port
    supervisor = await openSupervisor(prefix)
  })
  afterAll(async () => {
    await supervisor.close()
    await new Promise(resolve => stranger.close(resolve))
  })
  /** Only a server of ours answers: the stranger is not taken for one. */
  const plan = (more: Partial<ListenPlan>): ListenPlan => ({
    server: 'Redis',
    port: undefined,
    signal: undefined,
    command: listener,
    probe: port => (port === taken ? Promise.reject(new Error('not ours')) : answers(port)),
    ...more,
  })

  it('takes another port when the free one was taken meanwhile', async () => {
    const ports = [taken, taken, await freePort()]
    const asked = [...ports]
    const listening = await listen(supervisor, plan({ findPort: async () => asked.shift() ?? 0 }))
    expect(listening).toMatchObject({ port: ports[2], version: '1.0' })
    expect(isAlive(listening.pid)).toBe(true)
    expect(asked).toEqual([])
  })

  it('gives up after five ports', async () => {
    let asked = 0
    const findPort = async () => {
      asked += 1
      return taken
    }
    await expect(listen(supervisor, plan({ findPort }))).rejects.toMatchObject({ reason: 'port-in-use' })
    expect(asked).toBe(5)
  })

  it('says in one sentence that the server did not answer in time', async () => {
    const probe = () => Promise.reject(new Error('not yet'))
    await expect(listen(supervisor, plan({ probe, readyLimitMs: 100 }))).rejects.toMatchObject({
      code: 'SERVER_START',
      reason: 'timeout',
      message:
        'Redis was started and did not answer within 100 ms; look at the load of this machine, then try again',
      cause: { message: 'not yet' },
    })
  })

  it('says so when the server ended without a word', async () => {
    const command = () => ({ command: process.execPath, args: ['-e', ''], env })
    await expect(listen(supervisor, plan({ command }))).rejects.toThrow(
      'Redis ended while it was starting; it said nothing',
    )
  })
})

describe('underSupervisor', () => {
  it('removes everything before it passes an error on', async () => {
    let directory = ''
    const work = async (supervisor: Supervisor) => {
      directory = supervisor.directory
      throw new Error('no')
    }
    await expect(underSupervisor({ prefix, signal: undefined }, work)).rejects.toThrow('no')
    expect(directory).not.toBe('')
    expect(existsSync(directory)).toBe(false)
  })

  it('waits for its work after an abort, and lets no result out', async () => {
    const abort = new AbortController()
    let ended = false
    const work = async (supervisor: Supervisor) => {
      abort.abort(new Error('enough'))
      await expect(supervisor.run(listener(0))).rejects.toMatchObject({ code: 'ECANCELED' })
      ended = true
      return 'a result'
    }
    await expect(underSupervisor({ prefix, signal: abort.signal }, work)).rejects.toThrow('enough')
    expect(ended).toBe(true)
  })
})

describe('options', () => {
  it.each([
    [{ prot: 1 }, 'startPostgres.prot'],
    [{ port: 0 }, 'port'],
    [{ port: 65_536 }, 'port'],
    [{ report: 'loud' }, 'report'],
    [{ cacheDirectory: '' }, 'cacheDirectory'],
    [{ settings: { 'a b': '1' } }, 'settings'],
    [{ settings: { port: '1' } }, 'settings'],
    [{ settings: { work_mem: 'a\nb' } }, 'settings.work_mem'],
    [{ settings: { work_mem: 1 } }, 'settings.work_mem'],
    [{ from: [] }, 'from'],
    [{ from: ['docker'] }, 'from'],
  ])('that are bad are refused: %j', async (options, option) => {
    await expect(startPostgres(options as object)).rejects.toMatchObject({ code: 'INVALID_OPTION', option })
  })

  it('of Redis are its own', async () => {
    await expect(startRedis({ databaseUrl: '' } as object)).rejects.toMatchObject({
      option: 'startRedis.databaseUrl',
    })
    await expect(startRedis({ settings: { requirepass: 'x' } })).rejects.toMatchObject({ option: 'settings' })
  })
})
