/**
 * `claim`: for each key its value, or the lease to load it under, or who holds that. Mostly one round trip. Where the
 * value cannot be read here, or is over by the clock here, it is claimed again with its first bytes, so that what others
 * stored meanwhile is not passed over.
 */
import { type Claim, type ClaimOptions, checkKey, InvalidArgumentError } from '@greenlang/core'
import { bySlot } from './groups.ts'
import { leaseKey, redisKey } from './keys.ts'
import { seenBytes } from './lua-leases.ts'
import { together } from './packing.ts'
import type { Parts } from './parts.ts'
import { stampBytes } from './stamp-bytes.ts'
import { formatToken, newSecret } from './tokens.ts'
import { all } from './wire.ts'

/** What a key is claimed with. */
interface Attempt {
  readonly key: string
  readonly redisKey: string
  readonly secret: string
  /** What is not accepted: see the script. */
  readonly refused: readonly [string | Buffer, string | Buffer]
}

/** A lease of somebody that is worth asking about again at once. */
const goneBy = { kind: 'taken', forMs: 0 } as const

export async function claimKeys<T>(
  parts: Parts<T>,
  keys: readonly string[],
  { forMs, reject }: ClaimOptions,
): Promise<ReadonlyMap<string, Claim<T>>> {
  if (!(forMs > 0)) throw new InvalidArgumentError('forMs', 'a number of milliseconds > 0', forMs)
  const standsMs = Math.min(Math.ceil(forMs), Number.MAX_SAFE_INTEGER)
  const attempts = [...new Set(keys)].map(key => {
    const stamp = reject?.get(checkKey(key))
    const refused = stamp ? stampBytes(stamp) : (['', ''] as const)
    return { key, redisKey: redisKey(parts.options.prefix, key), secret: newSecret(), refused }
  })
  const claims = new Map<string, Claim<T>>()
  const unreadable = await attemptAll(parts, attempts, standsMs, claims)
  const left = await attemptAll(parts, unreadable, standsMs, claims)
  for (const { key } of left) claims.set(key, goneBy)
  return claims
}

/** Which of them have to be claimed again, for what was found cannot be read. The others are in `claims`. */
async function attemptAll<T>(
  parts: Parts<T>,
  attempts: readonly Attempt[],
  forMs: number,
  claims: Map<string, Claim<T>>,
): Promise<Attempt[]> {
  if (attempts.length === 0) return []
  const { replies, unpacked } = await parts.wire.run(async () => {
    const all = await sendAll(parts, attempts, forMs)
    const found = attempts.map(({ key }, at) =>
      Buffer.isBuffer(all[at]) ? parts.packing.unpack<T>(key, all[at]) : undefined,
    )
    return { replies: all, unpacked: await together(found) }
  })
  const again: Attempt[] = []
  for (const [at, attempt] of attempts.entries()) {
    const reply = replies[at]
    const value = unpacked[at]
    const { key, secret } = attempt
    if (value?.kind === 'entry') claims.set(key, { kind: 'found', entry: value.entry })
    else if (Buffer.isBuffer(reply)) again.push({ ...attempt, refused: ['s', reply.subarray(0, seenBytes)] })
    else if (reply === 0) claims.set(key, { kind: 'granted', token: formatToken({ forMs, secret, key }) })
    else claims.set(key, { kind: 'taken', forMs: Number(reply) })
    if (value?.kind === 'foreign') parts.counts.rejected += 1
  }
  return again
}

/** What the script says of each, in their order. To be called within `run`. */
async function sendAll<T>(
  { wire, order }: Parts<T>,
  attempts: readonly Attempt[],
  forMs: number,
): Promise<unknown[]> {
  const numbered = attempts.map((attempt, at) => ({ ...attempt, at }))
  const groups = bySlot(numbered, ({ redisKey }) => wire.slotOf(redisKey))
  const send = () =>
    all(
      groups.map(group => {
        const keys = group.flatMap(({ redisKey }) => [redisKey, leaseKey(redisKey)])
        const args = [String(forMs), ...group.flatMap(({ secret, refused }) => [secret, ...refused])]
        return wire.call({ operation: 'claim', keys, args }, group[0]?.redisKey ?? '')
      }),
    )
  const redisKeys = attempts.map(({ redisKey }) => redisKey)
  const replies = await order.run(redisKeys, undefined, send)
  const inOrder: unknown[] = new Array(attempts.length)
  for (const [index, group] of groups.entries())
    for (const [place, { at }] of group.entries()) inOrder[at] = (replies[index] as unknown[])[place]
  return inOrder
}
