import { decodeEntry, encodeEntry } from '@greenlang/codec'
import {
  ClosedError,
  type Contract,
  checkKey,
  contractOf,
  type Entry,
  isGreenlangError,
  shortenLife,
  type Tier,
  type TierStats,
} from '@greenlang/core'
import { borrowClient, type RedisCommand } from '../connect/client.ts'
import { connect } from '../connect/connection.ts'
import type { RedisReplyError } from '../error.ts'
import { redisKey, scanPattern } from './keys.ts'
import { type CheckedOptions, checkRedisTierOptions, type RedisTierOptions } from './options.ts'
import { invalidateCommand } from './scripts.ts'
import { Wire } from './wire.ts'

/**
 * A tier in Redis, shared by every process with the same server, database and prefix. It connects in the background
 * and heals by itself; no call takes longer than its deadline, times the number of batches for `clear`.
 * Calls reject with RedisUnavailableError, RedisReplyError, DeadlineError, CircuitOpenError, ClosedError or the reason
 * of their signal; `set` also with UnsupportedValueError of the codec.
 * @throws InvalidOptionError for a bad option; the url is never shown.
 */
export function redisTier<T = unknown>(options: RedisTierOptions): Tier<T> {
  const checked = checkRedisTierOptions(options)
  const { deadline = '250ms', openFor = '10s', onState = ignore } = options
  const guardOptions = { deadline, openFor, onState, clock: checked.clock }
  const open = () =>
    'url' in checked.source ? connect(checked.source.url) : borrowClient(checked.source.client)
  return new RedisTier<T>(checked, new Wire(`tier "${checked.name}"`, open, guardOptions))
}

/** Keys in one MGET or script, and in one UNLINK: Redis serves nobody else meanwhile. */
const keysPerRead = 64
const keysPerUnlink = 512
/** Keys that one SCAN looks at. */
const scanCount = 500

class RedisTier<T> implements Tier<T> {
  readonly name: string
  readonly scope = 'shared'
  readonly guarded = true
  readonly contract: Contract = contractOf('@greenlang/cache-redis')
  readonly #options: CheckedOptions
  readonly #wire: Wire
  readonly #counts = { hits: 0, misses: 0, sets: 0, deletes: 0, evictions: 0, rejected: 0, failures: 0 }
  #closing: Promise<void> | undefined

  constructor(options: CheckedOptions, wire: Wire) {
    this.name = options.name
    this.#options = options
    this.#wire = wire
  }

  get(key: string, signal?: AbortSignal): Promise<Entry<T> | undefined> {
    return this.#operate(signal, async () => {
      const bytes = await this.#wire.command(['GET', this.#redisKey(key)], signal).catch(markIfNotAString)
      if (bytes === notAString) this.#counts.rejected += 1
      return this.#read(key, bytes)
    })
  }

  getMany(keys: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Entry<T>>> {
    return this.#operate(signal, async () => {
      const distinct = [...new Set(keys)]
      const batches = inBatches(distinct, keysPerRead)
      const reading = batches.map(batch => this.#wire.command(['MGET', ...this.#redisKeys(batch)], signal))
      const bytes = ((await Promise.all(reading)) as unknown[][]).flat()
      const found = new Map<string, Entry<T>>()
      for (const [index, key] of distinct.entries()) {
        const entry = this.#read(key, bytes[index])
        if (entry) found.set(key, entry)
      }
      return found
    })
  }

  set(key: string, entry: Entry<T>, signal?: AbortSignal): Promise<void> {
    return this.setMany(new Map([[key, entry]]), signal)
  }

  /** A value that the codec refuses takes the older one with it; the others are stored before the refusal is told. */
  setMany(entries: ReadonlyMap<string, Entry<T>>, signal?: AbortSignal): Promise<void> {
    return this.#operate(signal, async () => {
      if (entries.size === 0) return
      const refusals: unknown[] = []
      const commands = Array.from(entries, ([key, entry]) => {
        const target = this.#redisKey(key)
        try {
          return this.#storing(target, key, entry)
        } catch (error) {
          refusals.push(error)
          return unlinkCommand([target])
        }
      })
      await this.#wire.pipeline(commands, signal)
      this.#counts.sets += commands.length - refusals.length
      if (refusals.length > 0) throw refusals[0]
    })
  }

  deleteMany(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    return this.#operate(signal, async () => {
      const batches = inBatches(this.#redisKeys(keys), keysPerUnlink)
      if (batches.length === 0) return
      const removed = await this.#wire.pipeline(batches.map(unlinkCommand), signal)
      for (const count of removed) this.#counts.deletes += Number(count)
    })
  }

  invalidateMany(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    return this.#operate(signal, async () => {
      const batches = inBatches(this.#redisKeys(keys), keysPerRead)
      if (batches.length > 0) await this.#wire.pipeline(batches.map(invalidateCommand), signal)
    })
  }

  clear(signal?: AbortSignal): Promise<void> {
    return this.#operate(signal, async () => {
      const pattern = scanPattern(this.#options.prefix)
      let cursor = '0'
      do {
        const scan = ['SCAN', cursor, 'MATCH', pattern, 'COUNT', String(scanCount)]
        const [next, keys] = (await this.#wire.command(scan, signal)) as [Buffer, Buffer[]]
        if (keys.length > 0) await this.#wire.command(['UNLINK', ...keys], signal)
        cursor = String(next)
      } while (cursor !== '0')
    })
  }

  stats(): TierStats {
    return { entries: undefined, bytes: undefined, ...this.#counts }
  }

  close(): Promise<void> {
    this.#closing ??= this.#wire.close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #redisKey(key: string): string {
    return redisKey(this.#options.prefix, checkKey(key))
  }

  #redisKeys(keys: readonly string[]): string[] {
    return keys.map(key => this.#redisKey(key))
  }

  /** Bytes of the network are untrusted: whatever they are, they are this entry or none. */
  #read(key: string, bytes: unknown): Entry<T> | undefined {
    const decoded = Buffer.isBuffer(bytes) ? decodeEntry<T>(key, bytes, this.#options.codec) : undefined
    if (decoded?.kind === 'foreign') this.#counts.rejected += 1
    const alive = decoded?.kind === 'entry' && decoded.entry.expiresAt > this.#options.clock.now()
    this.#counts[alive ? 'hits' : 'misses'] += 1
    return alive ? decoded.entry : undefined
  }

  /** Redis is told how much of the life is left, rounded up: the entry itself says when exactly it ends. */
  #storing(target: string, key: string, entry: Entry<T>): RedisCommand {
    const now = this.#options.clock.now()
    const stored = shortenLife(entry, this.#options.maxTtlMs, now)
    const bytes = encodeEntry(key, stored, this.#options.codec)
    const leftMs = Math.min(Math.ceil(stored.expiresAt - now), Number.MAX_SAFE_INTEGER)
    if (!(leftMs > 0)) return unlinkCommand([target])
    const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return stored.expiresAt === Number.POSITIVE_INFINITY
      ? ['SET', target, value]
      : ['SET', target, value, 'PX', String(leftMs)]
  }

  async #operate<R>(signal: AbortSignal | undefined, operation: () => Promise<R>): Promise<R> {
    if (this.#closing) throw new ClosedError(`tier "${this.name}"`)
    signal?.throwIfAborted()
    try {
      return await operation()
    } catch (error) {
      const left = signal?.aborted && error === signal.reason
      if (!left && failureCodes.some(code => isGreenlangError(error, code))) this.#counts.failures += 1
      throw error
    }
  }
}

const failureCodes = ['DEADLINE', 'CIRCUIT_OPEN', 'REDIS_UNAVAILABLE', 'REDIS_REPLY']
const notAString = Symbol('not a string')

/** Something else than a string under our key is foreign, as foreign bytes are. */
function markIfNotAString(error: unknown): typeof notAString {
  if (isGreenlangError(error, 'REDIS_REPLY') && (error as RedisReplyError).reply === 'WRONGTYPE')
    return notAString
  throw error
}

function unlinkCommand(keys: readonly string[]): RedisCommand {
  return ['UNLINK', ...keys]
}

function inBatches<Item>(items: readonly Item[], size: number): Item[][] {
  const batches: Item[][] = []
  for (let start = 0; start < items.length; start += size) batches.push(items.slice(start, start + size))
  return batches
}

function ignore(): void {}
