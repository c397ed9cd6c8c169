import { GreenlangError, hideField } from '@greenlang/core'

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

/** Loads of some keys failed and nothing could stand in for them; those of the others did not. */
export class PartialLoadError extends GreenlangError {
  readonly code = 'PARTIAL_LOAD'
  /** What was found, by key. Not enumerable, so that no log has the keys. */
  readonly values!: ReadonlyMap<string, unknown>
  /** What the load of each other key failed with. Not enumerable. */
  readonly errors!: ReadonlyMap<string, unknown>

  constructor(values: ReadonlyMap<string, unknown>, errors: ReadonlyMap<string, unknown>) {
    const [cause] = errors.values()
    super(
      `${errors.size} keys could not be loaded, ${values.size} were found; see error.errors and error.values, by key`,
      { cause },
    )
    hideField(this, 'values', values)
    hideField(this, 'errors', errors)
  }
}
