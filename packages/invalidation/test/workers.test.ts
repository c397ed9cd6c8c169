import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { BroadcastChannel, Worker } from 'node:worker_threads'
import type { BusEvent, Frame, InvalidationBus } from '@greenlang/core'
import { systemClock } from '@greenlang/core'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { type WorkerBusOptions, type WorkerRecordOptions, workerBus, workerRecord } from '../src/index.ts'
import { until } from './open-outbox.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

let names = 0
function nextName(): string {
  names += 1
  return `workers ${names}`
}

function openRecord(options: WorkerRecordOptions) {
  const record = workerRecord(options)
  ends.push(() => record.close())
  return record
}

function openBus(options: WorkerBusOptions) {
  const bus = workerBus({ deadline: '5s', ...options })
  ends.push(() => bus.close())
  const frames: Frame[] = []
  const events: BusEvent[] = []
  bus.subscribe(frame => void frames.push(frame))
  bus.watch(event => void events.push(event))
  return { bus, frames, events }
}

const keysOf = (frames: readonly Frame[]) =>
  frames.flatMap(({ invalidation }) => ('keys' in invalidation ? invalidation.keys : []))
const isTrusted = (bus: InvalidationBus) => {
  const { trustedSince, leaseMs } = bus.sync()
  return systemClock.now() - trustedSince <= leaseMs
}

/** A thread of its own. */
async function openThread(name: string) {
  const child = new URL('./workers.child.ts', import.meta.url)
  // `--import tsx` does not reach the threads of every version of Node.
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(child)}) })`
  const worker = new Worker(code, {
    eval: true,
    workerData: { name, deadline: '5s' },
    execArgv: ['--conditions=greenlang-source', '--no-warnings'],
  })
  ends.push(() => worker.terminate())
  const told: Record<string, unknown>[] = []
  worker.on('message', message => void told.push(message))
  await once(worker, 'message')
  return { worker, told, hears: (key: string) => told.some(one => JSON.stringify(one).includes(`"${key}"`)) }
}

describe('workerBus', () => {
  it('tells every thread, in order, and one that was blocked later', async () => {
    const name = nextName()
    openRecord({ name })
    const { bus, frames } = openBus({ name })
    const threads = await Promise.all([openThread(name), openThread(name)])
    const [first, second] = threads
    first?.worker.postMessage({ publish: 'from a thread' })
    await until(() => keysOf(frames).includes('from a thread') && second?.hears('from a thread') === true)
    second?.worker.postMessage({ blockMs: 300 })
    for (const key of ['a', 'b', 'c'])
      expect(await bus.publish({ mode: 'delete', keys: [key] })).toMatchObject({ propagated: true })
    await until(() => threads.every(thread => thread.hears('c')))
    for (const { told } of threads) {
      const heard = told.flatMap(one => (one.heard as { keys: string[] } | undefined)?.keys ?? [])
      expect(heard).toEqual(['from a thread', 'a', 'b', 'c'])
    }
  }, 60_000)

  it('goes on when a thread is terminated', async () => {
    const name = nextName()
    openRecord({ name })
    const { bus } = openBus({ name })
    const [one, other] = await Promise.all([openThread(name), openThread(name)])
    await one?.worker.terminate()
    expect(await bus.publish({ mode: 'delete', keys: ['k'] })).toMatchObject({ propagated: true })
    await until(() => other?.hears('k') === true)
  }, 60_000)

  it('says that nobody was told without a record, loses its trust, and heals once there is another', async () => {
    const name = nextName()
    const record = openRecord({ name })
    const { bus, events } = openBus({ name, lease: 40, deadline: 50 })
    await until(() => isTrusted(bus))
    expect(events).toEqual(['lost'])
    record.close()
    expect(await bus.publish({ mode: 'delete', keys: ['k'] })).toEqual({ propagated: false })
    await until(() => !isTrusted(bus))
    await expect(bus.rules(bus.sync().known)).rejects.toMatchObject({ code: 'DEADLINE' })
    openRecord({ name })
    await until(() => isTrusted(bus))
    expect(events).toEqual(['lost', 'lost', 'undone'])
    expect(await bus.publish({ mode: 'delete', keys: ['k'] })).toMatchObject({ propagated: true })
  })

  it('has one record at a time: a second one keeps silent', async () => {
    const name = nextName()
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const first = openRecord({ name })
    const { bus, events } = openBus({ name })
    const published = await bus.publish({ mode: 'delete', keys: ['k'] })
    const second = openRecord({ name })
    await until(() => !second.active)
    expect(warn.mock.calls).toEqual([[expect.stringContaining('another record')]])
    warn.mockRestore()
    expect(first.active).toBe(true)
    await bus.publish({ mode: 'delete', keys: ['k'] })
    expect(bus.sync().known.history).toBe(published.stamp?.history)
    expect(events).toEqual(['lost'])
  })

  it('has exactly one record where several are opened at once', async () => {
    const name = nextName()
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const records = [openRecord({ name }), openRecord({ name }), openRecord({ name })]
    await until(() => records.filter(({ active }) => active).length === 1)
    const { bus } = openBus({ name })
    const stamps = []
    for (let nth = 0; nth < 5; nth += 1)
      stamps.push((await bus.publish({ mode: 'delete', keys: ['k'] })).stamp?.sequence)
    expect([stamps, records.map(({ active }) => active)]).toEqual([
      [1, 2, 3, 4, 5],
      [true, false, false],
    ])
    warn.mockRestore()
  })

  it('replays what a late one missed, as far as it is remembered', async () => {
    const name = nextName()
    openRecord({ name, maxFrames: 3 })
    const { bus } = openBus({ name })
    const early = await bus.publish({ mode: 'delete', keys: ['0'] })
    for (const key of ['1', '2', '3']) await bus.publish({ mode: 'delete', keys: [key] })
    const resumed = openBus({ name })
    await until(() => isTrusted(resumed.bus))
    if (early.stamp) resumed.bus.resume(early.stamp)
    await until(() => resumed.frames.length === 3)
    expect(keysOf(resumed.frames)).toEqual(['1', '2', '3'])
    for (let key = 4; key < 12; key += 1) await bus.publish({ mode: 'delete', keys: [`${key}`] })
    const tooLate = openBus({ name })
    await until(() => isTrusted(tooLate.bus))
    if (early.stamp) tooLate.bus.resume(early.stamp)
    await until(() => tooLate.events.length === 2)
    expect(tooLate.events).toEqual(['lost', 'lost'])
  })

  it('overhears what is not for it, or not well formed', async () => {
    const name = nextName()
    const record = openRecord({ name })
    const { bus, frames } = openBus({ name })
    const channel = new BroadcastChannel(name)
    ends.push(() => channel.close())
    const ours = (fields: object) => channel.postMessage({ version: 'greenlang-bus-1', ...fields })
    for (const data of [null, 7, 'x', {}, { kind: 'frame' }, { version: 'greenlang-bus-2', kind: 'ask' }])
      channel.postMessage(data)
    const stamp = { history: 'h', sequence: 1 }
    const standing = { known: stamp, left: [], origin: 'o', candidate: 'c' }
    const asking = (question: object) => ({ kind: 'ask', from: 'me', id: 1, question })
    for (const fields of [
      {},
      { kind: 'toString' },
      { kind: 'ask' },
      asking({ call: 'record' }),
      asking({ call: 'constructor', standing }),
      asking({ call: 'record', standing, invalidation: { mode: 'delete', keys: [7] } }),
      asking({
        call: 'record',
        standing: { ...standing, left: 7 },
        invalidation: { mode: 'delete', all: true },
      }),
      asking({ call: 'replay', standing, after: null }),
      asking({ call: 'rules', standing, since: stamp, tags: 'tag' }),
      asking({ call: 'retire', standing, rule: { stamp, mode: 'delete', target: null } }),
      { kind: 'reply', to: 'me' },
      { kind: 'frame', frame: null },
      { kind: 'frame', frame: { stamp, origin: 'o', invalidation: { mode: 'delete', tags: [null] } } },
      { kind: 'beat', to: 'me', sentAt: 'now', stamp },
      { kind: 'begin', record: 7 },
      { kind: 'there' },
    ])
      ours(fields)
    expect(await bus.publish({ mode: 'delete', keys: ['k'] })).toMatchObject({ propagated: true })
    expect([record.active, keysOf(frames)]).toEqual([true, ['k']])
  })

  it('refuses what waits as it closes, and everything after', async () => {
    const { bus } = openBus({ name: nextName(), deadline: '1h' })
    const waiting = [bus.publish({ mode: 'delete', keys: ['k'] }), bus.rules(bus.sync().known)]
    const outcomes = Promise.allSettled(waiting)
    await bus.close()
    expect(await outcomes).toMatchObject([
      { status: 'fulfilled', value: { propagated: false } },
      { status: 'rejected', reason: { code: 'CLOSED' } },
    ])
    await expect(bus.publish({ mode: 'delete', keys: ['k'] })).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('keeps no process alive', async () => {
    const index = fileURLToPath(new URL('../src/index.ts', import.meta.url))
    const code = `import { workerBus, workerRecord } from ${JSON.stringify(index)}
workerRecord({ name: 'alive' })
const bus = workerBus({ name: 'alive' })
console.log((await bus.publish({ mode: 'delete', keys: ['k'] })).propagated)`
    const child = spawn(
      process.execPath,
      ['--conditions=greenlang-source', '--import', 'tsx', '--input-type=module', '--eval', code],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let printed = ''
    child.stdout.on('data', chunk => {
      printed += chunk
    })
    const [exitCode] = await once(child, 'close')
    expect([exitCode, printed]).toEqual([0, 'true\n'])
  }, 60_000)

  it.each([
    [workerBus, { name: '' }],
    [workerBus, { lease: 1 }],
    [workerBus, { deadline: 0 }],
    [workerBus, { names: 'a' }],
    [workerRecord, { maxTags: 0 }],
    [workerRecord, { maxFrames: 1.5 }],
  ])('%p refuses %j', (open, options) => {
    expect(() => open(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})
