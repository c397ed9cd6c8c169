import { types } from 'node:util'
import { InvalidArgumentError } from '@greenlang/core'
import { type CachedMethod, methodDecorator } from './cached-decorator.ts'
import type { AnyFunction, CachedOptions, CallCache, InstanceCalls } from './cached-options.ts'
import { Calls } from './calls.ts'

/** The function, answering from what was kept of its calls, with the means to forget them. */
export type Cached<F extends AnyFunction> = F & CallCache<Parameters<F>>

/** On every cached function, for `cacheOf`: other copies of the package find it too. */
const mark: unique symbol = Symbol.for('@greenlang/cache-l1/cached/1') as never

/**
 * Calls `fn` once for the same arguments and the same `this`, also where many call at once, and keeps its answer for
 * `ttl`: `null` and `undefined` too, errors never. Sync functions stay sync. What `invalidate` is told of while it loads
 * is not kept.
 * @throws InvalidOptionError for an option that is missing, unknown or out of range. InvalidArgumentError for what is no
 * function, or a generator.
 */
export function cached<F extends AnyFunction>(
  fn: F,
  options: CachedOptions<Parameters<F>, Awaited<ReturnType<F>>>,
): Cached<F>
/**
 * The same for a method, as a standard decorator: `@cached({ maxEntries: 1000 })`. Static and private ones too. Each
 * instance has a cache of its own, to which the bounds apply, and which goes with it. To forget: `cacheOf`.
 */
export function cached<Args extends readonly unknown[]>(options: CachedOptions<Args>): CachedMethod<Args>
export function cached(first: AnyFunction | CachedOptions, options?: CachedOptions): unknown {
  if (typeof first === 'function') return wrap(first, options as CachedOptions)
  return methodDecorator(method => wrap(method, first))
}

/**
 * What is kept of the calls of a cached function or method: `cacheOf(users.find).invalidate(7)`. With an instance, of
 * the calls on that one alone: `cacheOf(users.find, users)`.
 * @throws InvalidArgumentError for a function that is not cached.
 */
export function cacheOf<F extends AnyFunction>(fn: F): CallCache<Parameters<F>>
export function cacheOf<F extends AnyFunction>(fn: F, instance: object): InstanceCalls<Parameters<F>>
export function cacheOf(fn: AnyFunction, instance?: object): unknown {
  const calls = (fn as { [mark]?: Calls } | undefined)?.[mark]
  if (calls === undefined) throw new InvalidArgumentError('fn', 'a function or method that is cached', fn)
  return instance === undefined ? calls : calls.of(instance)
}

function wrap(fn: AnyFunction, options: CachedOptions): AnyFunction {
  if (types.isGeneratorFunction(fn))
    throw new InvalidArgumentError('fn', 'no generator: what it answers can be read only once', fn)
  const calls = new Calls(fn, options)
  function wrapper(this: unknown, ...args: never[]): unknown {
    return calls.call(this, args)
  }
  const members: PropertyDescriptorMap = {
    name: { value: fn.name },
    length: { value: fn.length },
    [mark]: { value: calls },
    invalidate: { value: (...args: unknown[]) => calls.invalidate(...args) },
    clear: { value: () => calls.clear() },
    stats: { value: () => calls.stats() },
    close: { value: () => calls.close() },
    [Symbol.dispose]: { value: () => calls.close() },
  }
  return Object.defineProperties(wrapper, members)
}
