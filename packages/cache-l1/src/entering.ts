import { type Entry, InvalidArgumentError, shortenLife } from '@greenlang/core'
import type { Settings } from './settings.ts'

/**
 * The entry as the tier keeps it: its life cut to `maxTtl`, its value frozen or copied; `undefined` if its time is over.
 * @throws InvalidArgumentError for what is no entry.
 */
export function entering<T>(entry: Entry<T>, settings: Settings<T>, now: number): Entry<T> | undefined {
  const { keeping, maxTtlMs } = settings
  checkEntry(entry)
  if (entry.expiresAt <= now) return undefined
  const lasting = maxTtlMs === Number.POSITIVE_INFINITY ? entry : cut(entry, maxTtlMs, now)
  if (keeping.in === undefined || entry.negative) return lasting
  return { ...lasting, value: keeping.in(lasting.value) }
}

/** Before anything is touched: what is no entry would be found out when half of it is written. */
function checkEntry(entry: Entry): void {
  const hasShape =
    typeof entry === 'object' &&
    entry !== null &&
    Array.isArray(entry.tags) &&
    typeof entry.stamp?.history === 'string' &&
    typeof entry.stamp.sequence === 'number'
  if (!hasShape) throw new InvalidArgumentError('entry', 'an entry, such as createEntry makes', entry)
  const { createdAt, staleAt, expiresAt, checkedAt = 0 } = entry
  // False for what is no number, too.
  const inOrder = createdAt >= 0 && staleAt >= 0 && staleAt <= expiresAt && checkedAt >= 0
  if (!inOrder || createdAt === Number.POSITIVE_INFINITY)
    throw new InvalidArgumentError(
      'entry',
      'an entry with dates >= 0, staleAt no later than expiresAt',
      entry,
    )
  if (entry.negative && entry.value !== undefined)
    throw new InvalidArgumentError('entry', 'an entry without a value where it is negative', entry)
}

/** Cut to whole ms since its birth, as entries are packed. */
function cut<T>(entry: Entry<T>, maxTtlMs: number, now: number): Entry<T> {
  const end = now + maxTtlMs
  return shortenLife(entry, Math.floor(end - entry.createdAt) - (now - entry.createdAt), now)
}
