/**
 * What is usual: memory before Redis, the key deleted there and published to the others, both awaited. No lease, no
 * generation, no sequence, no beat. It knows no tags: it is told the keys.
 */
import { createClient } from 'redis'
import { now } from '../now.ts'
import {
  type SourceValue,
  type Subject,
  type SubjectAnswer,
  type SubjectOptions,
  type SubjectRead,
  urlOf,
} from '../subject.ts'
import { createFlights } from './flights.ts'

interface Kept {
  readonly value: SourceValue
  readonly until: number
}

type Client = ReturnType<typeof open>

export async function openNaive(options: SubjectOptions): Promise<Subject> {
  const [client, subscriber] = [open(options), open(options)]
  await Promise.all([client.connect(), subscriber.connect()])
  const subject = new NaiveCache(options, client, subscriber)
  await subject.listen()
  return subject
}

function open({ redis, plan }: SubjectOptions) {
  const reconnectStrategy = (retries: number) => Math.min(50 * 2 ** retries, 500)
  const socket = { reconnectStrategy, connectTimeout: 2_000, socketTimeout: 5_000 }
  const commandOptions = { timeout: plan.deadlineMs }
  const client = createClient({
    url: urlOf(redis),
    disableOfflineQueue: true,
    pingInterval: 2_000,
    socket,
    commandOptions,
  })
  return client.on('error', () => undefined)
}

class NaiveCache implements Subject {
  readonly queued = 0
  readonly #options: SubjectOptions
  readonly #client: Client
  readonly #subscriber: Client
  readonly #memory = new Map<string, Kept>()
  readonly #flights = createFlights<SubjectAnswer>()
  readonly #listeners: ((keys: readonly string[]) => void)[] = []

  constructor(options: SubjectOptions, client: Client, subscriber: Client) {
    this.#options = options
    this.#client = client
    this.#subscriber = subscriber
  }

  async listen(): Promise<void> {
    await this.#subscriber.subscribe(this.#channel, message => {
      const keys = message.split('\n')
      for (const key of keys) this.#memory.delete(key)
      for (const listener of this.#listeners) listener(keys)
    })
  }

  async get(key: string): Promise<SubjectAnswer | undefined> {
    const near = this.#memory.get(key)
    if (near && near.until > now()) return { value: near.value, source: 'memory', stale: undefined }
    const text = await this.#quietly(() => this.#client.get(this.#name(key)))
    if (typeof text !== 'string') return undefined
    const value = JSON.parse(text) as SourceValue
    this.#remember(key, value)
    return { value, source: 'shared', stale: undefined }
  }

  async getOrSet({ key, load }: SubjectRead): Promise<SubjectAnswer> {
    const near = this.#memory.get(key)
    if (near && near.until > now()) return { value: near.value, source: 'memory', stale: undefined }
    const { value, joined } = await this.#flights(key, async () => {
      const found = await this.get(key)
      if (found) return found
      const loaded = await load()
      if (loaded.value !== undefined) await this.#keep(key, loaded.value as SourceValue)
      return { value: loaded.value as SourceValue | undefined, source: 'load', stale: undefined }
    })
    return joined ? { ...value, source: 'joined' } : value
  }

  claim(read: SubjectRead): Promise<SubjectAnswer> {
    return this.getOrSet(read)
  }

  async set({ key, value }: { key: string; value: SourceValue }): Promise<boolean> {
    return (await this.#keep(key, value)) && this.#publish([key])
  }

  async invalidate(_: unknown, keys: readonly string[]): Promise<boolean> {
    for (const key of keys) this.#memory.delete(key)
    const removed = await this.#quietly(() => this.#client.del(keys.map(key => this.#name(key))))
    return removed !== undefined && this.#publish(keys)
  }

  onHeard(listener: (keys: readonly string[]) => void): void {
    this.#listeners.push(listener)
  }

  async close(): Promise<void> {
    this.#client.destroy()
    this.#subscriber.destroy()
  }

  get #channel(): string {
    return `${this.#options.prefix}drop`
  }

  #name(key: string): string {
    return `${this.#options.prefix}${key}`
  }

  #remember(key: string, value: SourceValue): void {
    this.#memory.set(key, { value, until: value.madeAt + this.#options.plan.ttlMs })
  }

  async #keep(key: string, value: SourceValue): Promise<boolean> {
    this.#remember(key, value)
    const expiration = { type: 'PX', value: this.#options.plan.ttlMs } as const
    const kept = await this.#quietly(() =>
      this.#client.set(this.#name(key), JSON.stringify(value), { expiration }),
    )
    return kept !== undefined
  }

  async #publish(keys: readonly string[]): Promise<boolean> {
    return (await this.#quietly(() => this.#client.publish(this.#channel, keys.join('\n')))) !== undefined
  }

  /** `undefined` where Redis did not answer in time: the client's own timeout covers unwritten commands only. */
  async #quietly<T>(action: () => Promise<T>): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>(resolve => {
      timer = setTimeout(() => resolve(undefined), this.#options.plan.deadlineMs)
    })
    try {
      return await Promise.race([action(), late])
    } catch {
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }
}
