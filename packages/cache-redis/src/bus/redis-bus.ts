import {
  type BusEvent,
  type BusSync,
  type Contract,
  contractOf,
  type Frame,
  type Invalidation,
  type InvalidationBus,
  type Published,
  type Rule,
  type Rules,
  type Stamp,
  type Unsubscribe,
} from '@greenlang/core'
import { busSession } from '@greenlang/core/coherence'
import { checkInvalidation } from './invalidation.ts'
import { checkRedisBusOptions, type RedisBusOptions } from './options.ts'
import { createRandomIds } from './random-ids.ts'
import { type BusTraffic, redisWire } from './redis-wire.ts'

export interface RedisBus extends InvalidationBus {
  /** Counts since it was made. */
  traffic(): BusTraffic
}

/**
 * A bus over Redis, for every process with the same server and scope. It connects in the background and heals by
 * itself. `publish` rejects with InvalidArgumentError or ClosedError only, and answers `propagated: false` where Redis
 * did not acknowledge in time; `rules` and `retire` reject with RedisUnavailableError, RedisReplyError, DeadlineError
 * or ClosedError.
 * @throws InvalidOptionError for a bad option; addresses and passwords are never shown.
 */
export function redisBus(options: RedisBusOptions): RedisBus {
  const { guards, leaseMs, clock, ...rest } = checkRedisBusOptions(options)
  const randomId = createRandomIds()
  const wire = redisWire({ ...rest, guards, leaseMs, clock }, randomId())
  const contract = contractOf('@greenlang/cache-redis')
  const session = busSession({ wire, leaseMs, randomId, clock, contract, ...(guards && { guards }) })
  return new CheckedBus(session, () => wire.traffic)
}

/** A session whose callers may pass anything. */
class CheckedBus implements RedisBus {
  readonly contract: Contract
  readonly traffic: () => BusTraffic
  readonly #session: InvalidationBus
  #closing: Promise<void> | undefined

  constructor(session: InvalidationBus, traffic: () => BusTraffic) {
    this.contract = session.contract
    this.traffic = traffic
    this.#session = session
  }

  async publish(invalidation: Invalidation, from?: string): Promise<Published> {
    const checked = checkInvalidation(invalidation)
    return this.#session.publish(checked, from)
  }

  subscribe(listener: (frame: Frame) => void): Unsubscribe {
    return this.#session.subscribe(listener)
  }

  watch(listener: (event: BusEvent) => void): Unsubscribe {
    return this.#session.watch(listener)
  }

  sync(): BusSync {
    return this.#session.sync()
  }

  resume(after: Stamp): void {
    this.#session.resume(after)
  }

  rules(since: Stamp, tags?: readonly string[]): Promise<Rules> {
    return this.#session.rules(since, tags)
  }

  retire(rule: Rule): Promise<void> {
    return this.#session.retire(rule)
  }

  close(): Promise<void> {
    this.#closing ??= this.#session.close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
