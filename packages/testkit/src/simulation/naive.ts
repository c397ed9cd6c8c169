/**
 * What is usual: memory before a shared tier, the key deleted there and published to the others. No lease, no
 * generation, no sequence, no beat. It knows no tags: it is told the keys.
 */
import { createEntry, type Entry } from '@greenlang/core'
import type { Caller } from './caller.ts'
import type { Machine } from './machine.ts'
import type { FakeServer } from './server.ts'
import { serverOf } from './shared-tier.ts'
import type { Subject, SubjectAnswer, SubjectRead, SubjectWrite } from './subject.ts'
import type { Trial } from './trial.ts'

interface Dropped {
  readonly kind: 'drop'
  readonly keys: readonly string[]
}

export function naive(trial: Trial, machine: Machine): Subject {
  return new NaiveCache(trial, machine)
}

class NaiveCache implements Subject {
  readonly queued = 0
  readonly #trial: Trial
  readonly #machine: Machine
  readonly #callers: readonly Caller[]
  readonly #memory = new Map<string, Entry>()
  readonly #flights = new Map<string, Promise<SubjectAnswer>>()
  #connection: number | undefined
  #last = 0

  constructor(trial: Trial, machine: Machine) {
    this.#trial = trial
    this.#machine = machine
    this.#callers = machine.callers(machine.actor)
    this.connected()
    const { actor } = machine
    trial.servers[0]?.subscribe(message => this.#hear(message as Dropped, actor))
  }

  connected(): void {
    this.#connection = this.#trial.servers[0]?.connections
  }

  async get(key: string): Promise<SubjectAnswer | undefined> {
    const near = this.#fresh(this.#memory.get(key))
    if (near) return found(near, 'memory')
    const far = this.#fresh(await quietly(() => this.#at(key, server => server.get(key))))
    if (far) this.#memory.set(key, far)
    return far && found(far, 'shared')
  }

  getOrSet(read: SubjectRead): Promise<SubjectAnswer> {
    const { key } = read
    const near = this.#fresh(this.#memory.get(key))
    if (near) return Promise.resolve(found(near, 'memory'))
    const running = this.#flights.get(key)
    if (running) return running
    const flight = this.#fetch(read).finally(() => this.#flights.delete(key))
    this.#flights.set(key, flight)
    return flight
  }

  claim(read: SubjectRead): Promise<SubjectAnswer> {
    return this.getOrSet(read)
  }

  async set({ key, value, ttlMs }: SubjectWrite): Promise<number | undefined> {
    await this.#keep(key, value, ttlMs)
    return this.#publish([key])
  }

  async invalidate(_: unknown, keys: readonly string[]): Promise<number | undefined> {
    for (const key of keys) this.#memory.delete(key)
    const removed = await quietly(() =>
      Promise.all(keys.map(key => this.#at(key, server => server.remove([key], 'delete')))),
    )
    return removed && this.#publish(keys)
  }

  async #fetch({ key, load }: SubjectRead): Promise<SubjectAnswer> {
    const answer = await this.get(key)
    if (answer) return answer
    const { value, options } = await load({
      standIn: undefined,
      isOnlyExpired: false,
      signal: new AbortController().signal,
    })
    if (value !== undefined) await this.#keep(key, value, Number(options?.ttl ?? 0))
    return { value, source: 'load', stale: undefined }
  }

  async #keep(key: string, value: unknown, ttlMs: number): Promise<void> {
    const clock = this.#machine.clock(this.#machine.actor)
    const entry = createEntry(value, { ttl: ttlMs }, { clock })
    this.#memory.set(key, entry)
    await quietly(() => this.#at(key, server => server.set(key, entry)))
  }

  async #publish(keys: readonly string[]): Promise<number | undefined> {
    const [bus] = this.#callers
    const message: Dropped = { kind: 'drop', keys }
    return quietly(async () => {
      await bus?.call(server => server.publish(message))
      return this.#trial.world.now
    })
  }

  #hear({ kind, keys }: Dropped, actor: Machine['actor']): void {
    const { world, servers } = this.#trial
    const { reception, weather } = this.#machine
    if (kind !== 'drop' || this.#connection !== servers[0]?.connections) return
    if (reception.deafUntil > world.now || weather.cutUntil > world.now) return
    if (world.random() < reception.loss) return
    this.#last = Math.max(
      this.#last,
      world.now + weather.baseMs - Math.log(1 - world.random()) * weather.extraMs,
    )
    const forget = () => {
      for (const key of keys) this.#memory.delete(key)
    }
    world.at(this.#last, forget, actor)
  }

  #fresh(entry: Entry | undefined): Entry | undefined {
    const now = this.#machine.clock(this.#machine.actor).now()
    return entry && entry.expiresAt > now ? entry : undefined
  }

  #at<T>(key: string, script: (server: FakeServer) => T): Promise<T> {
    const caller = this.#callers[serverOf(key, this.#callers.length)]
    if (caller === undefined) throw new RangeError('no such server')
    return caller.call(script)
  }
}

function found(entry: Entry, source: string): SubjectAnswer {
  return { value: entry.value, source, stale: undefined }
}

async function quietly<T>(action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action()
  } catch {
    return undefined
  }
}
