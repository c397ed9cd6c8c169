/** Whether an answer is still to come. By its shape: promises come from several realms and libraries. */
export function isThenable<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return typeof (answer as { then?: unknown } | undefined | null)?.then === 'function'
}
