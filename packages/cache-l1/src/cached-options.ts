import type { MemoryTierOptions } from './options.ts'

/** Every option of `memoryTier` (at least one bound, or it does not compile), and how a call becomes a key. */
export type CachedOptions<
  Args extends readonly unknown[] = readonly unknown[],
  T = unknown,
> = MemoryTierOptions<T> & CallKeyOptions<Args>

export interface CallKeyOptions<Args extends readonly unknown[]> {
  /** The key of a call, from its arguments: any string. Default: the content of all arguments, which never collides. */
  key?: (...args: Args) => string
}

/** Whatever can be called. */
export type AnyFunction = (...args: never[]) => unknown

/** What is kept of the calls of one function or method. */
export interface CallCache<Args extends readonly unknown[]> {
  /**
   * Forgets these calls, on whichever instance: a load of them that is under way is not kept either. Calls whose `this` is a
   * primitive are forgotten by `clear` only.
   */
  invalidate(...args: Args): void
  /** Forgets all calls. */
  clear(): void
  stats(): CallStats
  /** Forgets all calls and keeps none from now on: the function is called every time. */
  close(): void
  [Symbol.dispose](): void
}

/** What is kept of the calls on one instance. */
export type InstanceCalls<Args extends readonly unknown[]> = Pick<CallCache<Args>, 'invalidate' | 'clear'>

/** Counters never decrease. */
export interface CallStats {
  /** Calls kept now, on all instances that are still in memory. */
  readonly entries: number
  /** Calls answered from what was kept. */
  readonly hits: number
  /** Calls that waited for the load of another one. */
  readonly joins: number
  /** Times the function itself was called. */
  readonly loads: number
  /** Loads that threw or rejected: they are not kept. */
  readonly failures: number
}
