/** Runs what concerns one name in the order it was asked for, and different names side by side. */
export class KeyQueue {
  readonly #tails = new Map<string, Promise<void>>()
  #barrier: Promise<void> = Promise.resolve()

  run<R>(name: string, task: () => Promise<R>): Promise<R> {
    const result = (this.#tails.get(name) ?? this.#barrier).then(task)
    const tail = settled(result).then(() => {
      if (this.#tails.get(name) === tail) this.#tails.delete(name)
    })
    this.#tails.set(name, tail)
    return result
  }

  /** After all that was asked for before, and before all that is asked for later. */
  runAlone<R>(task: () => Promise<R>): Promise<R> {
    const result = Promise.all([this.#barrier, ...this.#tails.values()]).then(task)
    this.#barrier = settled(result)
    this.#tails.clear()
    return result
  }
}

/** Resolves once `promise` has settled either way. */
export function settled(promise: Promise<unknown>): Promise<void> {
  return promise.then(
    () => undefined,
    () => undefined,
  )
}
