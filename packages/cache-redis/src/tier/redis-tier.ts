import { type Contract, checkKey, contractOf, type Entry, type Fills, type Tier } from '@greenlang/core'
import { openLink } from '../connect/open-link.ts'
import { createFills } from './fills.ts'
import { bySlot } from './groups.ts'
import { redisKey } from './keys.ts'
import { checkRedisTierOptions, type RedisTierOptions } from './options.ts'
import type { Unpacked } from './packing.ts'
import { Parts } from './parts.ts'
import { removeKeys } from './removing.ts'
import { clearAll } from './scanning.ts'
import { script } from './script.ts'
import type { RedisTierStats } from './stats.ts'
import { store } from './storing.ts'
import { all, isFailureOfRedis } from './wire.ts'

/** A tier in Redis, with the fences that let many processes share it. */
export interface RedisTier<T = unknown> extends Tier<T> {
  readonly scope: 'shared'
  readonly guarded: true
  readonly fills: Fills<T>
  get(key: string, signal?: AbortSignal): Promise<Entry<T> | undefined>
  getMany(keys: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Entry<T>>>
  set(key: string, entry: Entry<T>, signal?: AbortSignal): Promise<void>
  setMany(entries: ReadonlyMap<string, Entry<T>>, signal?: AbortSignal): Promise<void>
  deleteMany(keys: readonly string[], signal?: AbortSignal): Promise<void>
  invalidateMany(keys: readonly string[], signal?: AbortSignal): Promise<void>
  clear(signal?: AbortSignal): Promise<void>
  stats(): RedisTierStats
  close(): Promise<void>
}

/**
 * A tier in Redis, shared by every process with the same server, database and prefix. It connects in the background
 * and heals by itself; no call takes longer than its deadline, times the number of batches for `clear` and `sweep`, and
 * twice that for `claim`. Calls reject with RedisUnavailableError, RedisReplyError, DeadlineError, CircuitOpenError,
 * ClosedError or the reason of their signal; what stores also with UnsupportedValueError of the codec.
 * @throws InvalidOptionError for a bad option; the url is never shown.
 */
export function redisTier<T = unknown>(options: RedisTierOptions): RedisTier<T> {
  const checked = checkRedisTierOptions(options)
  const { deadline = '250ms', openFor = '10s', onState = ignore } = options
  const guardOptions = { deadline, openFor, onState, clock: checked.clock }
  const open = () => openLink(checked.source, { scripts: [script] })
  return new ScriptedTier(new Parts<T>(checked, open, guardOptions))
}

class ScriptedTier<T> implements RedisTier<T> {
  readonly name: string
  readonly scope = 'shared'
  readonly guarded = true
  readonly contract: Contract = contractOf('@greenlang/cache-redis')
  readonly fills: Fills<T>
  readonly #parts: Parts<T>

  constructor(parts: Parts<T>) {
    this.name = parts.options.name
    this.fills = createFills(parts)
    this.#parts = parts
  }

  /** Gets of one tick go together. An aborted signal frees its caller only. */
  get(key: string, signal?: AbortSignal): Promise<Entry<T> | undefined> {
    const { order, options, counts, reads } = this.#parts
    try {
      this.#parts.checkOpen()
      signal?.throwIfAborted()
      const name = redisKey(options.prefix, checkKey(key))
      const answer = order.hasWaiting(name) ? reads.getAfter(order, key, name) : reads.get(key, name)
      return signal ? unlessAborted(answer, signal) : answer
    } catch (error) {
      if (isFailureOfRedis(error)) counts.failures += 1
      return Promise.reject(error)
    }
  }

  getMany(keys: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Entry<T>>> {
    return this.#parts.operate(signal, async () => {
      const { wire, order, options, packing } = this.#parts
      if (keys.length === 0) return new Map()
      const distinct = Array.from(new Set(keys), key => ({
        key,
        name: redisKey(options.prefix, checkKey(key)),
      }))
      const groups = bySlot(distinct, ({ name }) => wire.slotOf(name))
      const commands = groups.map(group => ['MGET', ...group.map(({ name }) => name)])
      const read = () => all(commands.map(command => wire.send(command, command[1] ?? '')))
      const names = order.idle ? [] : distinct.map(({ name }) => name)
      const asked = groups.flatMap(group => group.map(({ key }) => key))
      const unpack = (replies: unknown[]) => packing.unpackAll<T>(asked, (replies as unknown[][]).flat())
      const found = await wire.run(() => order.run(names, undefined, read).then(unpack), signal)
      return this.#collect(asked, found)
    })
  }

  set(key: string, entry: Entry<T>, signal?: AbortSignal): Promise<void> {
    return this.setMany(new Map([[key, entry]]), signal)
  }

  /** A value that is refused takes the older one with it; the others are stored before the refusal is told. */
  setMany(entries: ReadonlyMap<string, Entry<T>>, signal?: AbortSignal): Promise<void> {
    return this.#parts.operate(signal, () => store(this.#parts, entries, signal))
  }

  deleteMany(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    return this.#parts.operate(signal, async () => {
      this.#parts.counts.deletes += await removeKeys(this.#parts, 'remove', keys, signal)
    })
  }

  invalidateMany(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    return this.#parts.operate(signal, async () => {
      await removeKeys(this.#parts, 'mark', keys, signal)
    })
  }

  clear(signal?: AbortSignal): Promise<void> {
    return this.#parts.operate(signal, () => clearAll(this.#parts, signal))
  }

  stats(): RedisTierStats {
    const { counts, wire, options } = this.#parts
    const { bytesIn, bytesStored } = options.envelope.stats()
    return { entries: undefined, bytes: undefined, ...counts, bytesIn, bytesStored, circuit: wire.circuit }
  }

  close(): Promise<void> {
    return this.#parts.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #collect(keys: readonly string[], found: readonly Unpacked<T>[]): Map<string, Entry<T>> {
    const { counts } = this.#parts
    const entries = new Map<string, Entry<T>>()
    keys.forEach((key, at) => {
      const one = found[at]
      if (one?.kind === 'entry') entries.set(key, one.entry)
      else if (one?.kind === 'foreign') counts.rejected += 1
    })
    counts.hits += entries.size
    counts.misses += keys.length - entries.size
    return entries
  }
}

/** The same answer, but the reason of `signal` as soon as that aborts. */
function unlessAborted<R>(answer: Promise<R>, signal: AbortSignal): Promise<R> {
  return new Promise<R>((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    const done = () => signal.removeEventListener('abort', onAbort)
    answer.then(
      value => {
        done()
        resolve(value)
      },
      error => {
        done()
        reject(error)
      },
    )
  })
}

function ignore(): void {}
