/** `deleteMany` and `invalidateMany`: the script once for each slot, in one write. Leases go as well. */
import { checkKey } from '@greenlang/core'
import { bySlot } from './groups.ts'
import { leaseKey, redisKey, versionKey } from './keys.ts'
import type { Parts } from './parts.ts'
import { all } from './wire.ts'

/** How many values there were, for `remove`. */
export async function removeKeys<T>(
  { wire, order, options }: Parts<T>,
  operation: 'remove' | 'mark',
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const redisKeys = [...new Set(keys)].map(key => redisKey(options.prefix, checkKey(key)))
  if (redisKeys.length === 0) return 0
  const send = async () => {
    const groups = bySlot(redisKeys, key => wire.slotOf(key))
    const replies = await all(
      groups.map(group => {
        const touched = group.flatMap(key => [key, leaseKey(key), versionKey(key)])
        return wire.call({ operation, keys: touched, args: [] }, group[0] ?? '')
      }),
    )
    return replies.reduce<number>((sum, removed) => sum + Number(removed), 0)
  }
  return wire.run(() => order.run(redisKeys, undefined, send), signal)
}
