/** The steps of a flight: see flight.ts for the drawing. */
import { compareStamps, noStamp, type Stamp } from '../stamp.ts'
import type { Fills, Tier } from '../tier.ts'
import type { Journey, Outcome, Phase } from './flight.ts'
import { judge } from './judge.ts'
import { loadAndStore } from './load.ts'
import { bypasses, cutOff, lookUp, promote } from './lookup.ts'
import { attempt, type Parts, type State } from './parts.ts'

/** Goes all the way. `land` is called once, as soon as callers can be answered; the fill may go on after it. */
export async function travel(
  parts: Parts,
  state: State,
  journey: Journey,
  land: (outcome: Outcome) => void,
): Promise<void> {
  let phase: Phase = journey.reject ? { kind: 'claiming', reject: journey.reject } : { kind: 'looking' }
  while (phase.kind !== 'loading') {
    if (phase.kind === 'done') return land(phase.outcome)
    phase = await step(parts, state, journey, phase)
  }
  await loadAndStore(parts, { state, journey, token: phase.token, land })
}

async function step(
  parts: Parts,
  state: State,
  journey: Journey,
  phase: Exclude<Phase, { kind: 'loading' | 'done' }>,
): Promise<Phase> {
  switch (phase.kind) {
    case 'looking':
      return look(parts, state, journey)
    case 'claiming':
      return claim(parts, state, journey, phase)
    case 'waiting':
      return wait(parts, journey, phase)
  }
}

async function wait(
  parts: Parts,
  journey: Journey,
  { reject, forMs }: Phase & { kind: 'waiting' },
): Promise<Phase> {
  const { clock, random, settings } = parts
  // A refresh is not needed where another loads.
  if (!journey.waits)
    return {
      kind: 'done',
      outcome: { kind: 'nothing', checkedAt: clock.now(), entry: { tags: [], stamp: noStamp } },
    }
  journey.onWait?.()
  const left = journey.waitUntil - clock.now()
  if (left <= 0 || parts.closing.aborted) return { kind: 'loading', token: undefined }
  // The half, more or less: processes that wait for one lease should not all ask at once.
  const pause = Math.max(1, Math.min(left, forMs, settings.pollMs * (0.5 + random())))
  await attempt(() => clock.sleep(pause, { ref: false, signal: parts.closing }))
  return { kind: 'claiming', reject }
}

async function look(parts: Parts, state: State, journey: Journey): Promise<Phase> {
  const { key, standIns, after, fresh } = journey
  const tiers = slowTiers(parts.tiers)
  const found = await lookUp(parts, { key, state, tiers, after, fresh })
  standIns.push(...found.standIns)
  journey.onLooked()
  if (found.hit === undefined) {
    // A caller pays for one deadline of a tier that does not answer, not for another one for the lease.
    return found.late ? unasked(parts, journey) : { kind: 'claiming', reject: found.reject }
  }
  const { entry, source, checkedAt } = found.hit
  if (fresh) {
    standIns.push({ key, entry, source, blemish: 'expired' })
    const isShared = tiers.some(({ name, fills }) => name === source && fills)
    return { kind: 'claiming', reject: isShared ? entry.stamp : found.reject }
  }
  return {
    kind: 'done',
    outcome: { kind: 'value', entry, source, checkedAt, stale: undefined },
  }
}

async function claim(
  parts: Parts,
  state: State,
  journey: Journey,
  { reject }: Phase & { kind: 'claiming' },
): Promise<Phase> {
  const { key } = journey
  const shared = parts.tiers.find(tier => tier.fills)
  const alone: Phase = { kind: 'loading', token: undefined }
  if (shared?.fills === undefined) return unasked(parts, journey)
  if (bypasses(parts, key)) return alone
  const askedAt = parts.clock.now()
  const { generation } = state
  const claimed = await attempt(() => askFor(shared.fills, key, reject, parts.settings.claimMs))
  if (claimed === undefined) return unasked(parts, journey)
  if (claimed.kind === 'granted') return { kind: 'loading', token: claimed.token }
  if (claimed.kind === 'taken') return { kind: 'waiting', reject, forMs: claimed.forMs }
  const { entry } = claimed
  const { after } = journey
  const judgement = await judge(parts, { key, entry, tier: shared, askedAt, trustedSince: askedAt, after })
  const serves = judgement.kind === 'serve' && !journey.fresh
  if (journey.waits) parts.observer?.lookedUp(shared.name, serves ? 'fresh' : 'stale', askedAt)
  if (judgement.kind === 'against' || journey.fresh) {
    const blemish = judgement.kind === 'against' ? judgement.blemish : 'expired'
    journey.standIns.push({ key, entry, source: shared.name, blemish })
    const again = reject === undefined || compareStamps(entry.stamp, reject) !== 0
    return again ? { kind: 'claiming', reject: entry.stamp } : alone
  }
  const hit = { entry, source: shared.name, checkedAt: judgement.checkedAt }
  promote(parts, { key, state, generation, hit, from: shared })
  return { kind: 'done', outcome: { kind: 'value', ...hit, stale: undefined } }
}

/** Nobody can be asked: what was found may do, or it is loaded. */
function unasked(parts: Parts, { standIns }: Journey): Phase {
  const standIn = cutOff(parts, standIns)
  if (standIn === undefined) return { kind: 'loading', token: undefined }
  const { entry, source } = standIn
  const checkedAt = Number.NEGATIVE_INFINITY
  return { kind: 'done', outcome: { kind: 'value', entry, source, checkedAt, stale: 'cut' } }
}

async function askFor(fills: Fills | undefined, key: string, reject: Stamp | undefined, forMs: number) {
  const claims = await fills?.claim([key], reject ? { forMs, reject: new Map([[key, reject]]) } : { forMs })
  return claims?.get(key)
}

/** From the first shared tier on: what is before has been asked by each caller itself. */
export function slowTiers(tiers: readonly Tier[]): readonly Tier[] {
  const first = tiers.findIndex(({ scope }) => scope === 'shared')
  return first < 0 ? [] : tiers.slice(first)
}

export function fastTiers(tiers: readonly Tier[]): readonly Tier[] {
  const first = tiers.findIndex(({ scope }) => scope === 'shared')
  return first < 0 ? tiers : tiers.slice(0, first)
}
