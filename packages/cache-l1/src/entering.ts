import { type Entry, InvalidArgumentError, shortenLife } from '@greenlang/core'
import type { Settings } from './settings.ts'

/**
 * The entry as the tier keeps it: its life cut to `maxTtl`, its value frozen or copied; `undefined` if its time is over.
 * @throws InvalidArgumentError for what is no entry.
 */
export function entering<T>(entry: Entry<T>, settings: Settings<T>, now: number): Entry<T> | undefined {
  const { keeping, maxTtlMs } = settings
  if (typeof entry?.expiresAt !== 'number')
    throw new InvalidArgumentError('entry', 'an entry, such as createEntry makes', entry)
  if (!(entry.expiresAt > now)) return undefined
  const lasting = maxTtlMs === Number.POSITIVE_INFINITY ? entry : cut(entry, maxTtlMs, now)
  if (keeping.in === undefined || entry.negative) return lasting
  return { ...lasting, value: keeping.in(lasting.value) }
}

/** Cut to whole ms since its birth, as entries are packed. */
function cut<T>(entry: Entry<T>, maxTtlMs: number, now: number): Entry<T> {
  const end = now + maxTtlMs
  return shortenLife(entry, Math.floor(end - entry.createdAt) - (now - entry.createdAt), now)
}
