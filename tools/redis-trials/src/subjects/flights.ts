/** Callers of one process that miss the same key at once share one load. */
export function createFlights<T>(): (
  key: string,
  fetch: () => Promise<T>,
) => Promise<{ value: T; joined: boolean }> {
  const running = new Map<string, Promise<T>>()
  return async (key, fetch) => {
    const theirs = running.get(key)
    if (theirs) return { value: await theirs, joined: true }
    const mine = fetch().finally(() => running.delete(key))
    running.set(key, mine)
    return { value: await mine, joined: false }
  }
}
