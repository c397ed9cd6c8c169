import {
  type Awaitable,
  type Claim,
  type ClaimOptions,
  checkInteger,
  checkKey,
  type Entry,
  type Fills,
  type RuleTarget,
  type Stamp,
  type Unsubscribe,
  type WriteOptions,
  type Written,
} from '@greenlang/core'
import type { RedisCommand } from '../connect/link.ts'
import { claimKeys } from './claiming.ts'
import { leaseKey, redisKey, versionKey } from './keys.ts'
import type { Parts } from './parts.ts'
import { sweepOld } from './scanning.ts'
import type { Operation } from './script.ts'
import { parseToken } from './tokens.ts'

/** The fences of a Redis tier: each call is one step of the script for its key. See `Fills` of core. */
export function createFills<T>(parts: Parts<T>): Fills<T> {
  return new RedisFills(parts)
}

/** What the script replies to `fill` and `write`; 0 is a fill that came without its lease. */
const stored = 1
const written: Readonly<Record<number, Written>> = { 1: 'stored', 2: 'older', 3: 'dropped' }

class RedisFills<T> implements Fills<T> {
  readonly #parts: Parts<T>

  constructor(parts: Parts<T>) {
    this.#parts = parts
  }

  claim(keys: readonly string[], options: ClaimOptions): Promise<ReadonlyMap<string, Claim<T>>> {
    return this.#parts.operate(undefined, () => claimKeys(this.#parts, keys, options))
  }

  fill(key: string, entry: Entry<T>, token: string, options: WriteOptions = {}): Promise<boolean> {
    return this.#parts.operate(undefined, async () => {
      const { secret } = parseToken(token)
      return (await this.#store(key, entry, options, value => ['fill', [secret, ...value]])) === stored
    })
  }

  write(key: string, entry: Entry<T>, options: WriteOptions = {}): Promise<Written> {
    return this.#parts.operate(undefined, async () => {
      const reply = await this.#store(key, entry, options, value => ['write', value])
      return written[reply] ?? 'dropped'
    })
  }

  renew(token: string): Promise<boolean> {
    return this.#parts.operate(undefined, async () => {
      const { key, secret, forMs } = parseToken(token)
      return (await this.#lease('renew', key, [secret, String(forMs)])) === 1
    })
  }

  release(token: string): Promise<void> {
    return this.#parts.operate(undefined, async () => {
      const { key, secret } = parseToken(token)
      await this.#lease('release', key, [secret])
    })
  }

  bury(key: string, version: number): Promise<void> {
    return this.#parts.operate(undefined, async () => {
      const args = [String(checkInteger('version', version, 0))]
      await this.#parts.wire.run(() => this.#send(checkKey(key), undefined, () => ['bury', args]))
    })
  }

  sweep(target: RuleTarget, before: Stamp): Promise<void> {
    return this.#parts.operate(undefined, () => sweepOld(this.#parts, target, before))
  }

  watch(listener: () => void): Unsubscribe {
    this.#parts.checkOpen()
    return this.#parts.wire.watch(listener)
  }

  /** A value that the codec refuses takes the older one with it, and the lease. */
  async #store(
    key: string,
    entry: Entry<T>,
    { version }: WriteOptions,
    asCall: (value: RedisCommand) => Call,
  ): Promise<number> {
    const { wire, packing, counts } = this.#parts
    const given = version === undefined ? '' : String(checkInteger('version', version, 0))
    checkKey(key)
    let refusal: unknown
    const reply = await wire.run(() =>
      this.#send(key, packing.pack(key, entry), packed => {
        if (packed.kind === 'packed') return asCall([packed.bytes, packed.lifeMs, given])
        refusal = packed.error
        return ['remove', []]
      }),
    )
    if (refusal !== undefined) throw refusal
    if (reply === stored) counts.sets += 1
    return Number(reply)
  }

  /** One call of the script for one key, after what was asked for that before. */
  #send<P>(key: string, prepared: Awaitable<P>, asCall: (ready: P) => Call): Promise<unknown> {
    const { wire, order, options } = this.#parts
    const value = redisKey(options.prefix, key)
    const keys = [value, leaseKey(value), versionKey(value)]
    return order.run([value], prepared, ready => {
      const [operation, args] = asCall(ready)
      return wire.call({ operation, keys, args }, value)
    })
  }

  #lease(operation: 'renew' | 'release', key: string, args: RedisCommand): Promise<unknown> {
    const { wire, order, options } = this.#parts
    const value = redisKey(options.prefix, key)
    const keys = [leaseKey(value)]
    return wire.run(() => order.run([value], undefined, () => wire.call({ operation, keys, args }, value)))
  }
}

/** An operation of the script and its arguments. */
type Call = readonly [Operation, RedisCommand]
