/** A promise that the test settles. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<T>((settle, fail) => {
    resolve = settle
    reject = fail
  })
  return { promise, resolve, reject }
}

/** A loader that begins when it is called and ends when the test says so. */
export function heldLoader<T>(): {
  load: () => Promise<T>
  reached: Promise<void>
  calls: () => number
} & Deferred<T> {
  const began = deferred()
  const end = deferred<T>()
  let calls = 0
  const load = () => {
    calls += 1
    began.resolve()
    return end.promise
  }
  return { load, reached: began.promise, calls: () => calls, ...end }
}

/** Whatever is to happen without the world outside has happened. */
export function turns(count = 3): Promise<void> {
  return new Promise(resolve => {
    const turn = (left: number) => (left === 0 ? resolve() : void setImmediate(turn, left - 1))
    turn(count)
  })
}
