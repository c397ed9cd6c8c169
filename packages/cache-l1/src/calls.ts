/**
 * The calls of one function: a store for each `this`, a key for the arguments. Each instance has a store of its own that
 * goes with it: a WeakMap leads from one to the other, so a kept value may refer to its instance and both can still be
 * collected. Weak references list the stores, for `invalidate` and `clear` of all.
 *
 * Whether a function answers by promises is learnt from its answers: once it gave one, hits are promises too.
 *
 * Rejected: one store with the identity of the instance in the key (values that refer to their instance would keep it
 * alive, and no key would be the argument itself), keeping promises (bytes could not be counted nor values cloned).
 */
import { types } from 'node:util'
import {
  checkFunction,
  checkKey,
  createLatencyRecorder,
  InvalidOptionError,
  isThenable,
  systemClock,
} from '@greenlang/core'
import { callKey, primitiveKey } from './cached-key.ts'
import type { CachedOptions, CallCache, CallStats, InstanceCalls } from './cached-options.ts'
import { CallStore } from './call-store.ts'
import type { MemoryTierOptions } from './options.ts'
import { weakClock } from './weak-clock.ts'

type Args = readonly unknown[]
type Callee = (...args: never[]) => unknown

export class Calls implements CallCache<Args> {
  readonly #callee: Callee
  readonly #keyOf: ((...args: Args) => string) | undefined
  readonly #options: MemoryTierOptions
  readonly #common: CallStore
  readonly #ofInstance = new WeakMap<object, CallStore>()
  readonly #instances = new Set<WeakRef<CallStore>>()
  readonly #collected: FinalizationRegistry<WeakRef<CallStore>>
  #answersByPromise: boolean
  #closed = false
  #hits = 0
  #joins = 0
  #loads = 0
  #failures = 0

  /** @throws InvalidOptionError as `memoryTier` does. */
  constructor(callee: Callee, options: CachedOptions) {
    if (typeof options !== 'object' || options === null)
      throw new InvalidOptionError(
        'of cached',
        'an object with a bound, such as { maxEntries: 1000 }',
        options,
      )
    const { key, ...bounds } = options
    this.#callee = callee
    this.#keyOf = key === undefined ? undefined : checkFunction('key', key)
    // One recorder for all: it is larger than a tier of few entries.
    this.#options = { latency: createLatencyRecorder(), name: callee.name || 'cached', ...bounds }
    this.#common = new CallStore(this.#options)
    const instances = this.#instances
    this.#collected = new FinalizationRegistry(gone => instances.delete(gone))
    this.#answersByPromise = types.isAsyncFunction(callee)
  }

  call(self: unknown, args: Args): unknown {
    if (this.#closed) return Reflect.apply(this.#callee, self, args)
    let key: string
    try {
      key = this.#key(self, args)
    } catch (error) {
      if (this.#answersByPromise) return Promise.reject(error)
      throw error
    }
    const store = this.#storeOf(self)
    const value = store.tier.value(key)
    if (value === undefined) return this.#missed(store, key, () => Reflect.apply(this.#callee, self, args))
    return this.#hit(value)
  }

  invalidate(...args: Args): void {
    const key = this.#key(undefined, args)
    for (const store of this.#stores()) store.forget(key)
  }

  clear(): void {
    for (const store of this.#stores()) store.clear()
  }

  stats(): CallStats {
    let entries = 0
    for (const store of this.#stores()) entries += store.tier.stats().entries
    const [hits, joins, loads, failures] = [this.#hits, this.#joins, this.#loads, this.#failures]
    return { entries, hits, joins, loads, failures }
  }

  close(): void {
    for (const store of this.#stores()) store.close()
    this.#closed = true
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** The calls on one instance alone. */
  of(self: object): InstanceCalls<Args> {
    return {
      invalidate: (...args) => {
        if (!this.#closed) this.#ofInstance.get(self)?.forget(this.#key(undefined, args))
      },
      clear: () => {
        if (!this.#closed) this.#ofInstance.get(self)?.clear()
      },
    }
  }

  #hit(value: unknown): unknown {
    this.#hits += 1
    return this.#answersByPromise ? Promise.resolve(value) : value
  }

  #missed(store: CallStore, key: string, load: () => unknown): unknown {
    const flight = store.flights.get(key)
    if (flight !== undefined) {
      this.#joins += 1
      return flight
    }
    return store.foundNothing(key) ? this.#hit(undefined) : this.#load(store, key, load)
  }

  #load(store: CallStore, key: string, load: () => unknown): unknown {
    const { changes } = store
    this.#loads += 1
    let answer: unknown
    try {
      answer = load()
    } catch (error) {
      this.#failures += 1
      throw error
    }
    const isCurrent = store.changes === changes
    if (!isThenable(answer)) {
      if (isCurrent) store.keep(key, answer)
      return answer
    }
    this.#answersByPromise = true
    const flight = this.#landed(store, key, answer)
    if (isCurrent) store.flights.set(key, flight)
    return flight
  }

  /** The answer, kept when it comes unless it was forgotten meanwhile. */
  #landed(store: CallStore, key: string, answer: PromiseLike<unknown>): Promise<unknown> {
    const wasTakenOff = () => {
      const isCurrent = store.flights.get(key) === flight
      if (isCurrent) store.flights.delete(key)
      return isCurrent
    }
    const flight = Promise.resolve(answer).then(
      value => {
        if (wasTakenOff()) store.keep(key, value)
        return value
      },
      error => {
        this.#failures += 1
        wasTakenOff()
        throw error
      },
    )
    return flight
  }

  #key(self: unknown, args: Args): string {
    const key = this.#keyOf === undefined ? callKey(args) : checkKey(this.#keyOf(...args))
    return self === undefined || self === null || isObject(self) ? key : primitiveKey(self, key)
  }

  #storeOf(self: unknown): CallStore {
    if (!isObject(self)) return this.#common
    const known = this.#ofInstance.get(self)
    if (known !== undefined) return known
    // The timer of its tier must not keep it alive, for its values may refer to the instance.
    const clock = weakClock(this.#options.clock ?? systemClock)
    const store = new CallStore({ ...this.#options, clock })
    const reference = new WeakRef(store)
    this.#ofInstance.set(self, store)
    this.#instances.add(reference)
    this.#collected.register(store, reference)
    return store
  }

  *#stores(): Generator<CallStore> {
    if (this.#closed) return
    yield this.#common
    for (const reference of this.#instances) {
      const store = reference.deref()
      if (store !== undefined) yield store
    }
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'function' || (typeof value === 'object' && value !== null)
}
