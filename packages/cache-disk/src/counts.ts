/** What a tier counts. */
export interface Counts {
  hits: number
  misses: number
  sets: number
  deletes: number
  evictions: number
  rejected: number
  failures: number
  notAdmitted: number
  storedBytes: number
  writtenBytes: number
}

export function newCounts(): Counts {
  return {
    ...{ hits: 0, misses: 0, sets: 0, deletes: 0, evictions: 0, rejected: 0 },
    ...{ failures: 0, notAdmitted: 0, storedBytes: 0, writtenBytes: 0 },
  }
}
