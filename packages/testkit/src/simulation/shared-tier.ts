/** The shared tier over fake servers: what the Redis tier will be, without a wire format. */

import type { Clock } from '@greenlang/core'
import {
  type Awaitable,
  type Claim,
  type ClaimOptions,
  contractOf,
  type Entry,
  type Fills,
  type RuleTarget,
  type Stamp,
  type Tier,
  type TierStats,
  type Unsubscribe,
  type WriteOptions,
  type Written,
} from '@greenlang/core'
import { createServerClock, type ServerClock } from '@greenlang/core/coherence'
import type { Caller } from './caller.ts'
import { noStats } from './no-stats.ts'
import type { FakeServer } from './server.ts'

export interface SharedTierOptions {
  readonly clock: Clock
  /** One a server; keys are spread over them. */
  readonly callers: readonly Caller[]
  /** Whether dates go over the wire by the clock of the server; `false` only in a mutant. */
  readonly usesServerTime: boolean
}

/** A shared tier, and how it is told that its connection was made anew. */
export interface SharedTier extends Tier {
  readonly fills: Fills
  connected(): void
}

export function sharedTier(options: SharedTierOptions): SharedTier {
  return new ServedTier(options)
}

/** Which of so many servers has the key. */
export function serverOf(key: string, servers: number): number {
  let hash = 0
  for (let at = 0; at < key.length; at += 1) hash = (hash * 31 + key.charCodeAt(at)) >>> 0
  return hash % servers
}

class ServedTier implements SharedTier, Fills {
  readonly name = 'shared'
  readonly scope = 'shared'
  readonly guarded = true
  readonly contract = contractOf('@greenlang/testkit')
  readonly fills = this
  readonly #options: SharedTierOptions
  readonly #clocks: readonly ServerClock[]
  readonly #listeners = new Set<() => void>()

  constructor(options: SharedTierOptions) {
    this.#options = options
    this.#clocks = options.callers.map(createServerClock)
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.#fromWire(key, await this.#at(key, server => server.get(key)))
  }

  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Entry>> {
    const found = new Map<string, Entry>()
    for (const key of keys) {
      const entry = await this.get(key)
      if (entry) found.set(key, entry)
    }
    return found
  }

  async set(key: string, entry: Entry): Promise<void> {
    const stored = await this.#toWire(key, entry)
    await this.#at(key, server => server.set(key, stored))
  }

  async setMany(entries: ReadonlyMap<string, Entry>): Promise<void> {
    for (const [key, entry] of entries) await this.set(key, entry)
  }

  deleteMany(keys: readonly string[]): Promise<void> {
    return this.#remove(keys, 'delete')
  }

  invalidateMany(keys: readonly string[]): Promise<void> {
    return this.#remove(keys, 'invalidate')
  }

  async clear(): Promise<void> {
    await this.sweep({ all: true }, { history: '', sequence: 0 })
  }

  async claim(keys: readonly string[], { forMs, reject }: ClaimOptions): Promise<ReadonlyMap<string, Claim>> {
    const claims = new Map<string, Claim>()
    for (const key of keys) {
      const claim = await this.#at(key, server => server.claim(key, forMs, reject?.get(key)))
      if (claim.kind !== 'found') claims.set(key, claim)
      else {
        const entry = this.#fromWire(key, claim.entry)
        claims.set(key, entry ? { kind: 'found', entry } : { kind: 'taken', forMs: 0 })
      }
    }
    return claims
  }

  async fill(key: string, entry: Entry, token: string, { version }: WriteOptions = {}): Promise<boolean> {
    const stored = await this.#toWire(key, entry)
    return this.#at(key, server => server.fill(key, stored, { token, version }))
  }

  renew(token: string): Promise<boolean> {
    return this.#at(keyOfToken(token), server => server.renew(token))
  }

  release(token: string): Promise<void> {
    return this.#at(keyOfToken(token), server => server.release(token))
  }

  async write(key: string, entry: Entry, { version }: WriteOptions = {}): Promise<Written> {
    const stored = await this.#toWire(key, entry)
    return this.#at(key, server => server.write(key, stored, version))
  }

  bury(key: string, version: number): Promise<void> {
    return this.#at(key, server => server.bury(key, version))
  }

  async sweep(target: RuleTarget, before: Stamp): Promise<void> {
    await Promise.all(this.#options.callers.map(({ call }) => call(server => server.sweep(target, before))))
  }

  watch(listener: () => void): Unsubscribe {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  connected(): void {
    for (const clock of this.#clocks) clock.reset()
    for (const listener of this.#listeners) listener()
  }

  stats(): TierStats {
    return noStats
  }

  close(): Awaitable<void> {
    this.#listeners.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #remove(keys: readonly string[], mode: 'delete' | 'invalidate'): Promise<void> {
    const { callers } = this.#options
    const byServer = callers.map((_, index) => keys.filter(key => serverOf(key, callers.length) === index))
    await Promise.all(
      byServer.map(async (mine, index) => {
        if (mine.length > 0) await callers[index]?.call(server => server.remove(mine, mode))
      }),
    )
  }

  async #at<T>(key: string, script: (server: FakeServer) => T): Promise<T> {
    const { callers, clock } = this.#options
    const index = serverOf(key, callers.length)
    const sentAt = clock.now()
    const reply = await callers[index]?.call(server => ({ result: script(server), serverAt: server.now() }))
    if (reply === undefined) throw new RangeError('no such server')
    this.#clocks[index]?.sample(sentAt, clock.now(), reply.serverAt)
    return reply.result
  }

  async #toWire(key: string, { checkedAt: _, ...entry }: Entry): Promise<Entry> {
    if (!this.#options.usesServerTime) return entry
    const index = serverOf(key, this.#options.callers.length)
    const clock = this.#clocks[index]
    if (clock?.toServer(0) === undefined) await this.#at(key, () => undefined)
    return { ...entry, ...dates(entry, date => clock?.toServer(date) ?? 0) }
  }

  #fromWire(key: string, entry: Entry | undefined): Entry | undefined {
    if (entry === undefined || !this.#options.usesServerTime) return entry
    const clock = this.#clocks[serverOf(key, this.#options.callers.length)]
    return { ...entry, ...dates(entry, date => clock?.fromServer(date) ?? 0) }
  }
}

function dates({ createdAt, staleAt, expiresAt }: Entry, convert: (date: number) => number) {
  return { createdAt: convert(createdAt), staleAt: convert(staleAt), expiresAt: convert(expiresAt) }
}

const keyOfToken = (token: string) => token.slice(0, token.lastIndexOf('#'))
