import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { startPostgres } from '../src/index.ts'
import {
  directoriesOf,
  type Owner,
  type OwnerPlan,
  processesAbout,
  startOwner,
  temporaryDirectory,
  until,
} from './support.ts'

const reason = new Error('enough')

/** Whether anything of that owner is left: a directory, a server, one of its workers, a reaper. */
async function nothingLeftOf(owner: number): Promise<void> {
  await until(() => directoriesOf(owner).length === 0 || undefined)
  await until(() => processesOf(owner).length === 0 || undefined)
}

const processesOf = (owner: number) =>
  ['postgresql', 'redis'].flatMap(server => processesAbout(`greenlang-${server}-${owner}-`))

function fieldsOf(pid: number): { parent: number; group: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return { parent: Number(fields[1]), group: Number(fields[2]) }
}

const pidOf = (owner: Owner) => owner.process.pid ?? 0

/** Phases of a start of PostgreSQL, and how each shows from outside. */
const phases: Record<string, { shows: (directory: string) => boolean; settings?: Record<string, string> }> = {
  'before the programs are found': { shows: () => true },
  'in initdb': { shows: directory => existsSync(join(directory, 'data', 'base')) },
  'while it waits for the server': {
    shows: directory => readFile(join(directory, 'data', 'postmaster.opts')).includes('postgres'),
    settings: { pre_auth_delay: '30' },
  },
}

function readFile(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

const reached = (owner: number, shows: (directory: string) => boolean) =>
  until(() => directoriesOf(owner).some(shows) || undefined)

describe.each(Object.entries(phases))('PostgreSQL, %s', (_phase, { shows, settings = {} }) => {
  it('is aborted by its signal, and nothing is left', async () => {
    const abort = new AbortController()
    const starting = startPostgres({ databaseUrl: '', settings, signal: abort.signal })
    starting.catch(() => {})
    await reached(process.pid, shows)
    abort.abort(reason)
    await expect(starting).rejects.toBe(reason)
    expect(directoriesOf()).toEqual([])
    expect(processesOf(process.pid)).toEqual([])
  }, 60_000)

  it('leaves nothing when its owner is killed', async () => {
    const owner = startOwner({ server: 'postgres', options: { settings } })
    await reached(pidOf(owner), shows)
    owner.process.kill('SIGKILL')
    await nothingLeftOf(pidOf(owner))
  }, 60_000)
})

describe('PostgreSQL, aborted before it began', () => {
  it('makes nothing', async () => {
    await expect(startPostgres({ databaseUrl: '', signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(directoriesOf()).toEqual([])
  })
})

describe.each<OwnerPlan['server']>(['postgres', 'redis'])('%s, running', server => {
  it('leaves nothing when its owner is killed', async () => {
    const owner = startOwner({ server })
    const { pid } = await owner.ready()
    owner.process.kill('SIGKILL')
    await nothingLeftOf(pidOf(owner))
    expect(existsSync(`/proc/${pid}`)).toBe(false)
  }, 120_000)

  it('leaves nothing when its owner simply ends', async () => {
    const owner = startOwner({ server })
    await owner.ready()
    // SIGTERM has no handler there: the process ends without having stopped anything.
    owner.process.kill('SIGTERM')
    await nothingLeftOf(pidOf(owner))
  }, 120_000)

  it('outlives the Ctrl-C that its owner gets, until the owner stops it', async () => {
    const owner = startOwner({ server })
    const { pid } = await owner.ready()
    // A terminal signals the foreground process group: neither the server nor its reaper may be in it.
    const groups = [pid, fieldsOf(pid).parent].map(process => fieldsOf(process).group)
    expect(groups).not.toContain(fieldsOf(pidOf(owner)).group)
    process.kill(-pidOf(owner), 'SIGINT')
    await until(() => owner.messages.some(message => message.interrupted) || undefined)
    expect(existsSync(`/proc/${pid}`)).toBe(true)
    owner.process.stdin?.end()
    await owner.ended()
    expect(owner.messages.at(-1)).toEqual({ stopped: true })
    await nothingLeftOf(pidOf(owner))
  }, 120_000)

  it('is ended by its owner when its reaper is killed', async () => {
    const owner = startOwner({ server })
    const { pid } = await owner.ready()
    process.kill(fieldsOf(pid).parent, 'SIGKILL')
    await nothingLeftOf(pidOf(owner))
    owner.process.stdin?.end()
    await owner.ended()
    expect(owner.messages.at(-1)).toEqual({ stopped: true })
  }, 120_000)
})

describe('the download of Redis', () => {
  const place = temporaryDirectory()
  afterAll(place.remove)

  it('leaves nothing when its owner is killed', async () => {
    const options = { cacheDirectory: place.path, from: ['debian-package'] }
    const owner = startOwner({ server: 'redis', options })
    await until(() => processesAbout(place.path).some(text => text.includes('apt')) || undefined)
    owner.process.kill('SIGKILL')
    await nothingLeftOf(pidOf(owner))
    await until(() => readdirSync(place.path).length === 0 || undefined)
    await until(() => processesAbout(place.path).length === 0 || undefined)
  }, 120_000)
})
