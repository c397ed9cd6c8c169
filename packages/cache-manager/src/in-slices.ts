/** So many keys at once: enough for a tier to send its questions together, few enough that the last is answered in time. */
const slice = 500

/** What `work` gives for each, in order. */
export async function inSlices<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += slice)
    results.push(...(await Promise.all(items.slice(at, at + slice).map(work))))
  return results
}
