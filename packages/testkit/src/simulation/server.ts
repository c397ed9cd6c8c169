/**
 * One server of the shared tier: values, leases and, on the first, the record of the bus. Every method is one atomic
 * step, as a script is; the clock is the server's own.
 */
import {
  type Claim,
  compareStamps,
  type Entry,
  type RuleTarget,
  type Stamp,
  type Written,
} from '@greenlang/core'
import { matchesPattern, type Standing } from '@greenlang/core/coherence'
import { copyRecord, liesBehind, newRecord, type RecordLimits, type RecordState, stampOf } from './record.ts'
import { type World, wallMs } from './world.ts'

interface StoredValue {
  readonly entry: Entry
  readonly version: number | undefined
}

/** What is left of a versioned value that was removed: late writes of lower versions are still refused. */
interface Tombstone {
  readonly version: number
  readonly until: number
}

const tombstoneMs = 3_000

interface Lease {
  readonly token: string
  readonly forMs: number
  until: number
}

interface ServerState {
  readonly values: Map<string, StoredValue>
  readonly leases: Map<string, Lease>
  readonly tombstones: Map<string, Tombstone>
  record: RecordState | undefined
}

export interface ServerLimits extends RecordLimits {
  /** Values held; past it the one that was written longest ago goes. */
  readonly maxValues: number
  /** Versions of removed values are remembered; `false` only in a mutant. */
  readonly buries: boolean
  /** Leases are numbered instead of random: only in a mutant. */
  readonly countsTokens: boolean
}

interface Ticket {
  readonly token: string
  readonly version: number | undefined
}

export class FakeServer {
  /** Requests wait until then. */
  pausedUntil = 0
  /** Connections are refused until then. */
  downUntil = 0
  readonly #world: World
  readonly #skewMs: number
  readonly #limits: ServerLimits
  readonly #subscribers = new Set<(frame: unknown) => void>()
  #state: ServerState = emptyState()
  readonly #tokens = new Map<string, number>()
  #connections = 0

  constructor(world: World, skewMs: number, limits: ServerLimits) {
    this.#world = world
    this.#skewMs = skewMs
    this.#limits = limits
  }

  get limits(): ServerLimits {
    return this.#limits
  }

  /** Rises with every break of all connections. */
  get connections(): number {
    return this.#connections
  }

  now(): number {
    return wallMs + this.#world.now + this.#skewMs
  }

  // What befalls it.

  wipe(): void {
    this.#state = emptyState()
    this.#tokens.clear()
    this.breakConnections()
  }

  forgetRecord(): void {
    this.#state.record = undefined
  }

  snapshot(): () => void {
    const copy = copyState(this.#state)
    return () => {
      this.#state = copy
      this.breakConnections()
    }
  }

  breakConnections(): void {
    this.#connections += 1
  }

  // Values and leases.

  get(key: string): Entry | undefined {
    const stored = this.#state.values.get(key)
    if (stored === undefined) return undefined
    if (stored.entry.expiresAt > this.now()) return stored.entry
    this.#state.values.delete(key)
    return undefined
  }

  set(key: string, entry: Entry, version?: number): void {
    const { values } = this.#state
    values.delete(key)
    if (entry.expiresAt <= this.now()) return
    values.set(key, { entry, version })
    const [oldest] = values.keys()
    if (values.size > this.#limits.maxValues && oldest !== undefined) values.delete(oldest)
  }

  /** Takes the lease away as well. */
  remove(keys: readonly string[], mode: 'delete' | 'invalidate'): void {
    for (const key of keys) {
      this.#state.leases.delete(key)
      const stored = this.#state.values.get(key)
      if (mode === 'delete' || stored === undefined) this.#bury(key, stored?.version)
      else this.#state.values.set(key, { ...stored, entry: { ...stored.entry, invalidated: true } })
    }
  }

  claim(key: string, forMs: number, reject: Stamp | undefined): Claim {
    const entry = this.get(key)
    const refused = entry && reject && compareStamps(entry.stamp, reject) === 0
    if (entry !== undefined && !entry.invalidated && !refused) return { kind: 'found', entry }
    const lease = this.#lease(key)
    if (lease !== undefined) return { kind: 'taken', forMs: lease.until - this.now() }
    const token = `${key}#${this.#limits.countsTokens ? this.#countToken(key) : this.#world.random()}`
    this.#state.leases.set(key, { token, forMs, until: this.now() + forMs })
    return { kind: 'granted', token }
  }

  fill(key: string, entry: Entry, { token, version }: Ticket): boolean {
    if (this.#lease(key)?.token !== token) return false
    this.#state.leases.delete(key)
    this.set(key, entry, version)
    return true
  }

  renew(token: string): boolean {
    const lease = this.#lease(keyOf(token))
    if (lease?.token !== token) return false
    lease.until = this.now() + lease.forMs
    return true
  }

  release(token: string): void {
    const key = keyOf(token)
    if (this.#state.leases.get(key)?.token === token) this.#state.leases.delete(key)
  }

  write(key: string, entry: Entry, version: number | undefined): Written {
    const stored = this.#state.values.get(key)
    const lowest = stored === undefined ? this.#buried(key) : stored.version
    this.#state.leases.delete(key)
    if (version !== undefined && lowest !== undefined && lowest > version) return 'older'
    if (stored !== undefined && (stored.version === undefined) !== (version === undefined)) {
      this.#bury(key, Math.max(version ?? 0, lowest ?? 0))
      return 'dropped'
    }
    this.set(key, entry, version)
    return 'stored'
  }

  bury(key: string, version: number): void {
    const stored = this.#state.values.get(key)
    this.#state.leases.delete(key)
    if ((stored?.version ?? 0) <= version) this.#bury(key, Math.max(version, this.#buried(key) ?? 0))
  }

  sweep(target: RuleTarget, before: Stamp): void {
    for (const [key, { entry }] of this.#state.values) {
      const older = entry.stamp.history !== before.history || entry.stamp.sequence < before.sequence
      if (older && ('all' in target || matchesPattern(target.pattern, key))) this.#state.values.delete(key)
    }
  }

  // The record of the bus.

  /** How far it is, for a mutant that pretends to be as far. */
  get stamp(): Stamp | undefined {
    return this.#state.record && stampOf(this.#state.record)
  }

  record(standing: Standing): RecordState {
    const { record } = this.#state
    if (record !== undefined && !(this.#limits.rotates && liesBehind(record, standing))) return record
    const begun = newRecord(standing.candidate)
    this.#state.record = begun
    return begun
  }

  subscribe(hear: (message: unknown) => void): () => void {
    this.#subscribers.add(hear)
    return () => void this.#subscribers.delete(hear)
  }

  publish(message: unknown): void {
    for (const hear of this.#subscribers) hear(message)
  }

  #lease(key: string): Lease | undefined {
    const lease = this.#state.leases.get(key)
    if (lease === undefined || lease.until > this.now()) return lease
    this.#state.leases.delete(key)
    return undefined
  }

  #countToken(key: string): number {
    const count = (this.#tokens.get(key) ?? 0) + 1
    this.#tokens.set(key, count)
    return count
  }

  #bury(key: string, version: number | undefined): void {
    this.#state.values.delete(key)
    if (version !== undefined && this.#limits.buries)
      this.#state.tombstones.set(key, { version, until: this.now() + tombstoneMs })
  }

  #buried(key: string): number | undefined {
    const tombstone = this.#state.tombstones.get(key)
    return tombstone && tombstone.until > this.now() ? tombstone.version : undefined
  }
}

const keyOf = (token: string) => token.slice(0, token.lastIndexOf('#'))

function emptyState(): ServerState {
  return { values: new Map(), leases: new Map(), tombstones: new Map(), record: undefined }
}

function copyState({ values, leases, tombstones, record }: ServerState): ServerState {
  return {
    values: new Map(values),
    tombstones: new Map(tombstones),
    leases: new Map([...leases].map(([key, lease]) => [key, { ...lease }])),
    record: record && copyRecord(record),
  }
}
