/** Four processes, each with a whole cache over one Redis, ask for one cold key at once: the database is asked once. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { testRedisUrl } from '@greenlang/servers'
import { afterAll, afterEach, beforeEach, expect, it } from '@jest/globals'
import { type Caller, callerOf } from '../src/calls.ts'
import { type DatabaseServer, startDatabase } from '../src/database-server.ts'
import type { OneLoadJob } from './one-load-job.ts'
import { ownPrefix, removeOwnKeys } from './own-keys.ts'

const processes = 4
const times = 1_000
const loadMs = 500
const limitMs = 60_000
const script = fileURLToPath(new URL('one-load-worker.ts', import.meta.url))
const execArgv = ['--conditions=greenlang-source', '--import', 'tsx', '--no-warnings']

interface Child {
  readonly job: Caller<OneLoadJob>
  end(): Promise<void>
}

let database: DatabaseServer
let children: readonly Child[] = []

async function begin(number: number, prefix: string): Promise<Child> {
  const child = fork(script, { execArgv, cwd: fileURLToPath(new URL('..', import.meta.url)) })
  const job = callerOf<OneLoadJob>(child)
  const exited = once(child, 'exit')
  const end = async () => {
    child.kill('SIGKILL')
    await exited
  }
  await job.call('prepare', { url: testRedisUrl(), prefix, databasePort: database.port, number, loadMs })
  return { job, end }
}

beforeEach(async () => {
  database = await startDatabase()
  const prefix = ownPrefix()
  children = await Promise.all(Array.from({ length: processes }, (_, number) => begin(number, prefix)))
}, limitMs)
afterEach(async () => {
  await Promise.all(children.map(({ end }) => end()))
  await database.close()
})
afterAll(removeOwnKeys)

const askAll = (key: string) => Promise.all(children.map(({ job }) => job.call('ask', { key, times })))

it(
  'loads once for 4 000 callers in four processes, and all of them get the value',
  async () => {
    const asked = await askAll('hot')
    expect(asked.map(({ answers, values }) => ({ answers, values }))).toEqual(
      asked.map(() => ({ answers: times, values: [1] })),
    )
    expect(asked.reduce((sum, { loads }) => sum + loads, 0)).toBe(1)
    expect(database.commits).toHaveLength(1)
  },
  limitMs,
)
