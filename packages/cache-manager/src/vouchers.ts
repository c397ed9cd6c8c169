/**
 * What this process knows of the entries it put into a private tier that forgets `checkedAt` and keeps no journal, as a
 * disk does. Entries of an earlier process are not among them: what was invalidated while nobody listened is not known.
 */
import { compareStamps, type Entry, type Stamp } from '@greenlang/core'

export interface Vouchers {
  put(key: string, entry: Entry): void
  drop(keys: readonly string[]): void
  clear(): void
  /** The entry with its `checkedAt`, if it is the one that was put. */
  vouch(key: string, entry: Entry): Entry
}

interface Voucher {
  readonly createdAt: number
  readonly stamp: Stamp
  readonly checkedAt: number
}

/** @param most How many keys are remembered; of those put long ago nothing is known. */
export function createVouchers(most: number): Vouchers {
  const known = new Map<string, Voucher>()
  const forgetOldest = () => {
    for (const key of known.keys()) {
      known.delete(key)
      return
    }
  }
  return {
    put(key, { createdAt, stamp, checkedAt }) {
      known.delete(key)
      if (checkedAt === undefined) return
      known.set(key, { createdAt, stamp, checkedAt })
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
      // A load and a set of one instant are two entries: what was to be put may not have come to be there.
      const isSame = put?.createdAt === entry.createdAt && compareStamps(put.stamp, entry.stamp) === 0
      return isSame ? { ...entry, checkedAt: put.checkedAt } : entry
    },
  }
}
