/** `set` and `setMany`: plain SETs in one write, which look at no lease and no version. */
import { checkKey, type Entry, isGreenlangError } from '@greenlang/core'
import type { RedisReplyError } from '../error.ts'
import { redisKey } from './keys.ts'
import { type Packed, together } from './packing.ts'
import type { Parts } from './parts.ts'
import type { Wire } from './wire.ts'

/**
 * Stores what can be stored; the first refusal is told afterwards. Nothing older is left where a value was refused, by
 * the codec or by Redis for want of memory.
 */
export async function store<T>(
  { wire, packing, order, counts, options }: Parts<T>,
  entries: ReadonlyMap<string, Entry<T>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (entries.size === 0) return
  const redisKeys = Array.from(entries.keys(), key => redisKey(options.prefix, checkKey(key)))
  const refusals = await wire.run(() => {
    const packed = together(Array.from(entries, ([key, entry]) => packing.pack(key, entry)))
    return order.run(redisKeys, packed, ready => storeAll(wire, redisKeys, ready))
  }, signal)
  counts.sets += entries.size - refusals.length
  if (refusals.length > 0) throw refusals[0]
}

/** Which of them were refused, by why. Rejects if Redis failed otherwise. */
async function storeAll(wire: Wire, redisKeys: string[], packed: readonly Packed[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(redisKeys.map((key, at) => storeOne(wire, key, packed[at])))
  const refusals: unknown[] = []
  const full: string[] = []
  for (const [at, outcome] of outcomes.entries()) {
    const one = packed[at]
    if (one?.kind === 'refused') refusals.push(one.error)
    if (outcome.status === 'fulfilled') continue
    if (!isRefusalForMemory(outcome.reason)) throw outcome.reason
    refusals.push(outcome.reason)
    full.push(redisKeys[at] ?? '')
  }
  await Promise.all(full.map(key => wire.send(['UNLINK', key], key)))
  return refusals
}

function storeOne(wire: Wire, key: string, packed: Packed | undefined): Promise<unknown> {
  if (packed?.kind !== 'packed' || packed.lifeMs === '0') return wire.send(['UNLINK', key], key)
  const { bytes, lifeMs } = packed
  return wire.send(lifeMs === '' ? ['SET', key, bytes] : ['SET', key, bytes, 'PX', lifeMs], key)
}

function isRefusalForMemory(error: unknown): boolean {
  return isGreenlangError(error, 'REDIS_REPLY') && (error as RedisReplyError).reply === 'OOM'
}
