import { GreenlangError } from '@greenlang/core'

/** A loader called `fail`: the load counts as failed, without an exception of the source. */
export class LoadFailedError extends GreenlangError {
  readonly code = 'LOAD_FAILED'

  /** @param reason What the loader gave, as `cause`. */
  constructor(reason: unknown) {
    const text = typeof reason === 'string' ? reason : 'see error.cause'
    super(`the loader said that it failed: ${text}`, { cause: reason })
  }
}

/** As many loads are under way and wait as the cache allows. A stale value with a grace stands in for the load. */
export class TooManyLoadsError extends GreenlangError {
  readonly code = 'TOO_MANY_LOADS'
  readonly atOnce: number
  readonly waiting: number

  constructor({ atOnce, waiting }: { readonly atOnce: number; readonly waiting: number }) {
    super(
      `${atOnce} loads are under way and ${waiting} wait; raise loads.atOnce or loads.waiting, or see why loads are slow`,
    )
    this.atOnce = atOnce
    this.waiting = waiting
  }
}
