/** How long a caller waits, what it gets then, and what becomes of the load. */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import type { LoadContext } from '../../src/coherence/index.ts'
import { engineOver, loadOf, slowLoad } from '../support/engine-setup.ts'

const key = 'user:1'

async function withStale(grace: number) {
  const setup = await engineOver()
  await setup.engine.getOrSet(key, loadOf('old', { options: { ttl: 100, grace } }))
  await setup.clock.advance(200)
  return setup
}

describe('a hard limit', () => {
  it('ends the wait with an error that names the key and the limit, and the load goes on', async () => {
    const { engine, clock } = await engineOver()
    const { load, landings } = slowLoad()
    const caller = engine.getOrSet(key, load, { hardMs: 50 })
    caller.catch(() => undefined)
    await setImmediate()
    await clock.advance(50)
    await expect(caller).rejects.toMatchObject({ code: 'LOAD_TIMEOUT', limitMs: 50, key })
    landings[0]?.land({ value: 'new' })
    await setImmediate()
    expect(await engine.get(key)).toMatchObject({ entry: { value: 'new' } })
  })

  it('takes what may stand in for a failed load instead', async () => {
    const { engine, clock } = await withStale(10_000)
    const { load } = slowLoad()
    const caller = engine.getOrSet(key, load, { hardMs: 50 })
    await setImmediate()
    await clock.advance(50)
    expect(await caller).toMatchObject({ entry: { value: 'old' }, stale: 'failed' })
  })

  it('counts from the call, for one who joins too', async () => {
    const { engine, clock } = await engineOver()
    const { load, landings } = slowLoad()
    const first = engine.getOrSet(key, load, { hardMs: 100 })
    await setImmediate()
    await clock.advance(60)
    const second = engine.getOrSet(key, load, { hardMs: 100 })
    await setImmediate()
    first.catch(() => undefined)
    await clock.advance(40)
    await expect(first).rejects.toMatchObject({ code: 'LOAD_TIMEOUT' })
    landings[0]?.land({ value: 'new' })
    expect(await second).toMatchObject({ entry: { value: 'new' }, joined: true })
    expect(landings).toHaveLength(1)
  })

  it('is not reached while the soft one is: what stands in for a slow load is taken first', async () => {
    const { engine, clock } = await withStale(10_000)
    const { load } = slowLoad()
    const caller = engine.getOrSet(key, load, { softMs: 20, hardMs: 50 })
    await setImmediate()
    await clock.advance(20)
    expect(await caller).toMatchObject({ entry: { value: 'old' }, stale: 'slow' })
  })
})

describe('a signal of the caller', () => {
  /** A load that is told when nobody waits any more. */
  function watchedLoad() {
    const signals: AbortSignal[] = []
    const { load, landings } = slowLoad()
    const watched = (context: LoadContext) => {
      signals.push(context.signal)
      return load(context)
    }
    return { load: watched, landings, signals }
  }

  it('rejects with its reason, before a load and during it', async () => {
    const { engine } = await engineOver()
    const { load, signals } = watchedLoad()
    const reason = new Error('enough')
    await expect(engine.getOrSet(key, load, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(signals).toHaveLength(0)
    const leaving = new AbortController()
    const caller = engine.getOrSet(key, load, { signal: leaving.signal })
    await setImmediate()
    leaving.abort(reason)
    await expect(caller).rejects.toBe(reason)
  })

  it('aborts the load when the last waiter left, and not before', async () => {
    const { engine } = await engineOver()
    const { load, signals } = watchedLoad()
    const [one, two] = [new AbortController(), new AbortController()]
    const callers = [one, two].map(({ signal }) => engine.getOrSet(key, load, { signal }))
    for (const caller of callers) caller.catch(() => undefined)
    await setImmediate()
    one.abort(new Error('one'))
    await setImmediate()
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    two.abort(new Error('two'))
    await Promise.allSettled(callers)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('leaves nobody behind in a load that was abandoned: the next caller begins one', async () => {
    const { engine } = await engineOver()
    const { load, landings } = watchedLoad()
    const leaving = new AbortController()
    const first = engine.getOrSet(key, load, { signal: leaving.signal })
    first.catch(() => undefined)
    await setImmediate()
    leaving.abort(new Error('gone'))
    await setImmediate()
    landings[0]?.crash(new Error('stopped'))
    await setImmediate()
    const second = engine.getOrSet(key, load)
    await setImmediate()
    landings[1]?.land({ value: 'second' })
    expect(await second).toMatchObject({ entry: { value: 'second' }, joined: false })
  })

  it('does not abort a load whose other waiter ran out of time: it is for the next ones', async () => {
    const { engine, clock } = await engineOver()
    const { load, signals } = watchedLoad()
    const leaving = new AbortController()
    const callers = [
      engine.getOrSet(key, load, { hardMs: 10 }),
      engine.getOrSet(key, load, { signal: leaving.signal }),
    ]
    for (const caller of callers) caller.catch(() => undefined)
    await setImmediate()
    await clock.advance(10)
    leaving.abort(new Error('gone'))
    await setImmediate()
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
  })
})
