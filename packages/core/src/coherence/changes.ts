/**
 * Invalidations, from this process and from others.
 *
 * An own one holds here at once; then the shared tiers drop what it names, then the bus counts it and tells everyone,
 * and only then it is acknowledged. What cannot be sent waits in the outbox and holds here until it was. Rejected: the
 * bus first, for others would read the old value in the shared tier after they had heard.
 */
import type { BusEvent, Frame, Invalidation, Published } from '../bus.ts'
import { noStamp, type Stamp } from '../stamp.ts'
import type { Removal, Tier } from '../tier.ts'
import { createAcknowledged, createOutbox, type Told, type Waiting } from './outbox.ts'
import { attempt, dropPrivate, loseTrust, orDistrust, type Parts } from './parts.ts'
import { matchesPattern } from './pattern.ts'
import type { Pending } from './pending.ts'

export interface Changes {
  /** @param version Of the row, where one key is named. */
  invalidate(invalidation: Invalidation, version?: number): Promise<Published>
  /** Makes it hold here. It must then be settled or postponed. */
  begin(invalidation: Invalidation): Pending
  settle(change: Pending, published: Published, version?: number): Published
  postpone(change: Pending, version?: number): void
  hear(frame: Frame): void
  befall(event: BusEvent): void
  /** What may be undone is sent again. */
  reissue(): void
  /** Invalidations that wait to be sent. */
  readonly queued: number
}

const reissuedMost = 10_000
const sentAtOnce = 32
/** Past it the rule stays: it holds all the same, until the record merges it with others. */
const mostSweeps = 8

export function createChanges(parts: Parts): Changes {
  return new OrderedChanges(parts)
}

class OrderedChanges implements Changes {
  readonly #parts: Parts
  readonly #outbox
  readonly #acknowledged
  /** Sent before, and sent again. */
  readonly #again = new WeakSet<Pending>()
  #flushing = false

  constructor(parts: Parts) {
    this.#parts = parts
    const { maxQueued, reissueMs } = parts.settings
    this.#outbox = createOutbox(maxQueued, () => {
      const everything: Invalidation = { mode: 'delete', all: true }
      return { invalidation: everything, pending: this.begin(everything) }
    })
    this.#acknowledged = createAcknowledged(reissueMs, reissuedMost)
  }

  get queued(): number {
    return this.#outbox.size
  }

  async invalidate(invalidation: Invalidation, version?: number): Promise<Published> {
    const change = this.begin(invalidation)
    const published = await this.#send(invalidation, version)
    return this.settle(change, published, version)
  }

  begin(invalidation: Invalidation): Pending {
    const { pending, clock } = this.#parts
    const change = pending.begin(invalidation, clock.now())
    this.#holdHere(invalidation, false)
    return change
  }

  settle(change: Pending, published: Published, version?: number): Published {
    const { ledger, pending, clock } = this.#parts
    if (!published.propagated) {
      this.postpone(change, version)
      return published
    }
    const { stamp } = published
    if (stamp) ledger.apply({ stamp, invalidation: change.invalidation })
    pending.end(change)
    // What is sent again keeps its time: else a connection that breaks often would have it sent for ever.
    if (!this.#again.delete(change))
      this.#acknowledged.add({ invalidation: change.invalidation, version }, clock.now())
    if (stamp) void this.#sweepLater(change.invalidation, stamp)
    return published
  }

  postpone(change: Pending, version?: number): void {
    const { guards, pending } = this.#parts
    if (!guards.queues) {
      pending.end(change)
      return
    }
    for (const older of this.#outbox.add({ invalidation: change.invalidation, version, pending: change })) {
      pending.end(older.pending)
      // It stands for one that was never told, so it is told for the first time.
      if (!this.#again.has(older.pending)) this.#again.delete(change)
    }
    void this.#flush()
  }

  hear({ invalidation, stamp, own, from }: Frame): void {
    const { ledger, bus } = this.#parts
    ledger.apply({ stamp, invalidation })
    const mine = own && from === this.#parts.name
    if (!mine) {
      this.#holdHere(invalidation, true)
      this.#parts.observer?.heard(invalidation)
    }
    const { applied } = bus.sync()
    const removal =
      !mine && 'keys' in invalidation ? { mode: invalidation.mode, keys: invalidation.keys } : undefined
    this.#markAll(applied, removal)
  }

  befall(event: BusEvent): void {
    this.#parts.observer?.befell?.(event)
    if (event === 'undone') this.reissue()
    else this.#startAnew()
  }

  #markAll(applied: Stamp, removal?: Removal): void {
    for (const tier of this.#parts.tiers) {
      const { journal } = tier
      if (journal) void orDistrust(this.#parts, tier, () => journal.mark(applied, removal))
    }
  }

  /** Frames were lost. From where the bus is now none is missed: what is stored from here on may be believed after a restart. */
  #startAnew(): void {
    const { bus, ledger } = this.#parts
    loseTrust(this.#parts)
    const { applied } = bus.sync()
    ledger.reset(applied)
    if (applied.history === noStamp.history) return
    this.#markAll(applied)
  }

  reissue(): void {
    const { guards, clock } = this.#parts
    if (guards.reissues)
      for (const { invalidation, version } of merged(this.#acknowledged.since(clock.now()))) {
        const change = this.begin(invalidation)
        this.#again.add(change)
        this.postpone(change, version)
      }
    void this.#flush()
  }

  /** Keys are dropped; what names entries otherwise is judged as they are read. */
  #holdHere(invalidation: Invalidation, foreign: boolean): void {
    const { keys, guards } = this.#parts
    const detach = !foreign || guards.framesDetach
    if ('keys' in invalidation) {
      const deletes = invalidation.mode === 'delete'
      for (const key of invalidation.keys) keys.raise(key, { detach, deletes })
      dropPrivate(this.#parts, invalidation.keys, invalidation.mode)
    } else if ('pattern' in invalidation)
      keys.raiseAll(key => matchesPattern(invalidation.pattern, key), { detach })
    else if ('all' in invalidation) keys.raiseAll(() => true, { detach })
  }

  async #send(invalidation: Invalidation, version: number | undefined): Promise<Published> {
    const { guards, bus, name } = this.#parts
    try {
      if (guards.order === 'tiers-bus') {
        await this.#clearShared(invalidation, version)
        return await bus.publish(invalidation, name)
      }
      const published = await bus.publish(invalidation, name)
      const cleared = this.#clearShared(invalidation, version)
      if (guards.order === 'bus-tiers') await cleared
      else void attempt(() => cleared)
      return published
    } catch {
      return { propagated: false }
    }
  }

  /** Rejects if one of the shared tiers cannot be reached. */
  async #clearShared(invalidation: Invalidation, version: number | undefined): Promise<void> {
    if (!('keys' in invalidation)) return
    const { keys, mode } = invalidation
    const [key] = keys
    const clear = async (tier: Tier) => {
      if (version !== undefined && key !== undefined && tier.fills) await tier.fills.bury(key, version)
      else if (mode === 'delete') await tier.deleteMany(keys)
      else await tier.invalidateMany(keys)
    }
    await Promise.all(this.#parts.tiers.filter(({ scope }) => scope === 'shared').map(clear))
  }

  async #flush(): Promise<void> {
    if (this.#flushing) return
    this.#flushing = true
    const parts = this.#parts
    while (this.#outbox.size > 0 && !parts.closing.aborted) {
      const batch = this.#outbox.first(sentAtOnce)
      const sent = await Promise.all(batch.map(waiting => this.#sendWaiting(waiting)))
      if (!sent.every(Boolean)) await this.#pause(parts.settings.retryMs)
    }
    this.#flushing = false
  }

  async #sendWaiting(waiting: Waiting): Promise<boolean> {
    const { invalidation, version, pending } = waiting
    const published = await this.#send(invalidation, version)
    if (!published.propagated) return false
    this.#outbox.done(waiting)
    this.settle(pending, published, version)
    return true
  }

  /** Ends early when the engine closes. */
  async #pause(ms: number): Promise<void> {
    const { clock, closing } = this.#parts
    await attempt(() => clock.sleep(ms, { ref: false, signal: closing }))
  }

  /** Patterns and clears hold by their rule at once; what they name is removed once no older load can be filled in. */
  async #sweepLater(invalidation: Invalidation, stamp: Stamp): Promise<void> {
    if ('keys' in invalidation || 'tags' in invalidation) return
    const { guards, settings, tiers, bus } = this.#parts
    const target = 'pattern' in invalidation ? { pattern: invalidation.pattern } : ({ all: true } as const)
    const longest = settings.longestLoadMs + settings.claimMs
    const parts = this.#parts
    await this.#pause(guards.sweepDelayMs(longest))
    for (let tries = 0; tries < mostSweeps && !parts.closing.aborted; tries += 1) {
      const swept = await attempt(async () => {
        await Promise.all(tiers.map(async tier => tier.fills?.sweep(target, stamp)))
        await bus.retire({ stamp, mode: invalidation.mode, target })
        return true
      })
      if (swept) return
      await this.#pause(settings.retryMs * 2 ** tries)
    }
  }
}

/** Few for many: one for all keys without a version, one for all tags, one for each key that has a version. */
function merged(told: readonly Told[]): readonly Told[] {
  const rest: Told[] = []
  const [keys, tags] = [new Set<string>(), new Set<string>()]
  for (const { invalidation, version } of told) {
    if (version !== undefined) rest.push({ invalidation, version })
    else if ('keys' in invalidation) for (const key of invalidation.keys) keys.add(key)
    else if ('tags' in invalidation) for (const tag of invalidation.tags) tags.add(tag)
    else rest.push({ invalidation })
  }
  // One mode for all: a value that was only marked may come back from a failover unmarked, so it goes.
  if (keys.size > 0) rest.push({ invalidation: { mode: 'delete', keys: [...keys] } })
  if (tags.size > 0) rest.push({ invalidation: { mode: 'delete', tags: [...tags] } })
  return rest
}
