/**
 * What this process knows of the entries it put into a private tier that forgets `checkedAt` and keeps no journal, as a
 * disk does. Entries of an earlier process are not among them: what was invalidated while nobody listened is not known.
 */
import type { Entry } from '@greenlang/core'

export interface Vouchers {
  put(key: string, entry: Entry): void
  drop(keys: readonly string[]): void
  clear(): void
  /** The entry with its `checkedAt`, if it is the one that was put. */
  vouch(key: string, entry: Entry): Entry
}

/** @param most How many keys are remembered; of those put long ago nothing is known. */
export function createVouchers(most: number): Vouchers {
  const known = new Map<string, { readonly createdAt: number; readonly checkedAt: number }>()
  const forgetOldest = () => {
    for (const key of known.keys()) {
      known.delete(key)
      return
    }
  }
  return {
    put(key, { createdAt, checkedAt }) {
      known.delete(key)
      if (checkedAt === undefined) return
      known.set(key, { createdAt, checkedAt })
      if (known.size > most) forgetOldest()
    },
    drop(keys) {
      for (const key of keys) known.delete(key)
    },
    clear() {
      known.clear()
    },
    vouch(key, entry) {
      const put = known.get(key)
      return put?.createdAt === entry.createdAt ? { ...entry, checkedAt: put.checkedAt } : entry
    },
  }
}
