/** What memory says at once: the way of most reads, without a promise. */
import type { Entry } from '../entry.ts'
import type { Stamp } from '../stamp.ts'
import { isThenable } from '../thenable.ts'
import { judge } from './judge.ts'
import type { StandIn } from './lookup.ts'
import type { Parts } from './parts.ts'

/** The first tier was asked and had nothing that may be served. Good for one read, begun in the same turn. */
export interface Missed {
  /** What it had instead. */
  readonly standIns: readonly StandIn[]
}

const nothing: Missed = Object.freeze({ standIns: Object.freeze([]) })

/** `undefined` where it takes more than the first tier and what is known here. */
export function peek(parts: Parts, key: string, after?: Stamp): Entry | Missed | undefined {
  const [tier] = parts.tiers
  if (tier?.scope !== 'process' || !tier.guarded) return undefined
  let entry: ReturnType<typeof tier.get>
  try {
    entry = tier.get(key)
  } catch {
    return nothing
  }
  if (entry === undefined) return nothing
  if (isThenable(entry)) {
    entry.then(undefined, () => undefined)
    return undefined
  }
  const askedAt = parts.clock.turn()
  const { trustedSince } = parts.bus.sync()
  const judgement = judge(parts, { key, entry, tier, askedAt, trustedSince, after })
  if (isThenable(judgement)) {
    judgement.then(undefined, () => undefined)
    return undefined
  }
  if (judgement.kind === 'serve') return entry
  return { standIns: [{ key, entry, source: tier.name, blemish: judgement.blemish }] }
}
