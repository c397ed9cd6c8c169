/** How old what was read is: since when something newer has been acknowledged. */
export interface Staleness {
  acknowledged(key: string, version: number, at: number): void
  /** In ms; 0 where nothing newer had been acknowledged. After all acknowledgements. */
  ageOf(key: string, version: number, startedAt: number): number
}

export function createStaleness(): Staleness {
  const told = new Map<string, number[]>()
  /** By key and version: when the first of the higher ones was acknowledged. */
  const firstAbove = new Map<string, Float64Array>()
  const index = (key: string) => {
    const known = firstAbove.get(key)
    if (known) return known
    const times = told.get(key) ?? []
    const above = new Float64Array(times.length).fill(Number.POSITIVE_INFINITY)
    for (let version = times.length - 2; version >= 0; version -= 1)
      above[version] = Math.min(above[version + 1] ?? Infinity, times[version + 1] ?? Infinity)
    firstAbove.set(key, above)
    return above
  }
  return {
    acknowledged(key, version, at) {
      const times = told.get(key) ?? []
      told.set(key, times)
      times[version] = at
    },
    ageOf: (key, version, startedAt) => Math.max(0, startedAt - (index(key)[version] ?? Infinity)),
  }
}
