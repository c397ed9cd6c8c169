/**
 * What is usual: memory before a shared tier, the key deleted there and published to the others. No lease, no
 * generation, no sequence, no beat. It knows no tags: it is told the keys.
 */
import type { Entry } from '@greenlang/core'
import { createEntry } from '@greenlang/core'
import type { Machine } from './machine.ts'
import type { FakeServer } from './server.ts'
import { serverOf } from './shared-tier.ts'
import type { Subject, SubjectAnswer } from './subject.ts'
import type { Trial } from './trial.ts'

interface Dropped {
  readonly kind: 'drop'
  readonly keys: readonly string[]
}

export function naive(trial: Trial, machine: Machine): Subject {
  const { world, servers } = trial
  const { actor } = machine
  const clock = machine.clock(actor)
  const callers = machine.callers(actor)
  const memory = new Map<string, Entry>()
  const [bus] = servers
  let connection = bus?.connections
  let last = 0
  const at = <T>(key: string, script: (server: FakeServer) => T): Promise<T> => {
    const caller = callers[serverOf(key, callers.length)]
    if (caller === undefined) throw new RangeError('no such server')
    return caller.call(script)
  }
  const quietly = async <T>(action: Promise<T>) => {
    try {
      return await action
    } catch {
      return undefined
    }
  }
  bus?.subscribe(message => {
    const { kind, keys } = message as Dropped
    const { reception, weather } = machine
    if (kind !== 'drop' || connection !== bus.connections || reception.deafUntil > world.now) return
    if (weather.cutUntil > world.now || world.random() < reception.loss) return
    last = Math.max(last, world.now + weather.baseMs - Math.log(1 - world.random()) * weather.extraMs)
    const forget = () => {
      for (const key of keys) memory.delete(key)
    }
    world.at(last, forget, actor)
  })
  const flights = new Map<string, Promise<SubjectAnswer>>()
  const fresh = (entry: Entry | undefined) => (entry && entry.expiresAt > clock.now() ? entry : undefined)
  const found = (entry: Entry, source: string): SubjectAnswer => ({
    value: entry.value,
    source,
    stale: undefined,
  })
  const keep = async (key: string, value: unknown, ttlMs: number) => {
    const entry = createEntry(value, { ttl: ttlMs }, { clock })
    memory.set(key, entry)
    await quietly(at(key, server => server.set(key, entry)))
  }
  const get = async (key: string): Promise<SubjectAnswer | undefined> => {
    const near = fresh(memory.get(key))
    if (near) return found(near, 'memory')
    const far = fresh(await quietly(at(key, server => server.get(key))))
    if (far) memory.set(key, far)
    return far && found(far, 'shared')
  }
  const getOrSet: Subject['getOrSet'] = async ({ key, load }) => {
    const near = fresh(memory.get(key))
    if (near) return found(near, 'memory')
    const flight =
      flights.get(key) ??
      (async () => {
        const answer = await get(key)
        if (answer) return answer
        const { value, options } = await load()
        if (value !== undefined) await keep(key, value, Number(options?.ttl ?? 0))
        return { value, source: 'load', stale: undefined }
      })().finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }
  const drop = async (keys: readonly string[]) => {
    for (const key of keys) memory.delete(key)
    try {
      await Promise.all(keys.map(key => at(key, server => server.remove([key], 'delete'))))
      await callers[0]?.call(server => server.publish({ kind: 'drop', keys } satisfies Dropped))
      return world.now
    } catch {
      return undefined
    }
  }
  return {
    get,
    getOrSet,
    claim: getOrSet,
    set: async ({ key, value, ttlMs }) => {
      await keep(key, value, ttlMs)
      return quietly(
        callers[0]?.call(server => server.publish({ kind: 'drop', keys: [key] })).then(() => world.now) ??
          Promise.reject(),
      )
    },
    invalidate: (_, keys) => drop(keys),
    connected: () => {
      connection = bus?.connections
    },
    queued: 0,
  }
}
