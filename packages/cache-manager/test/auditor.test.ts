/** What the auditor counts as a violation, and what is only another's reload. */
import type { Frame, Invalidation, InvalidationBus } from '@greenlang/core'
import { memoryBus } from '@greenlang/invalidation'
import { type FakeClock, fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { type Cache, createCache } from '../src/index.ts'
import { turns } from './support/deferred.ts'
import { type LeasedTier, leasedTier } from './support/leased-tier.ts'
import { type MapTier, mapTier } from './support/map-tier.ts'

interface Pair {
  readonly clock: FakeClock
  /** Is audited. */
  readonly one: Cache
  readonly other: Cache
  readonly memory: MapTier
  readonly shared: LeasedTier
  /** What the audited one has not been delivered yet. */
  readonly held: Frame[]
  deliver(): void
  close(): Promise<void>
}

interface Hearing {
  /** Which frames reach the audited one. */
  hears?: (invalidation: Invalidation) => boolean
  /** Whether its bus says that they all did. */
  lies?: boolean
}

function pair({ hears = () => true, lies = false }: Hearing = {}): Pair {
  const clock = fakeClock()
  const bus = memoryBus({ clock })
  const [memory, shared] = [mapTier({ clock }), leasedTier({ clock })]
  const held: Frame[] = []
  const listeners = new Set<(frame: Frame) => void>()
  let last = bus.sync()
  bus.subscribe(frame => {
    if (!hears(frame.invalidation)) {
      held.push(frame)
      if (lies) last = bus.sync()
      return
    }
    last = bus.sync()
    for (const listener of listeners) listener(frame)
  })
  const hearing: InvalidationBus = {
    contract: bus.contract,
    publish: bus.publish.bind(bus),
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    watch: bus.watch.bind(bus),
    // A lease that ends, so that it is asked each time.
    sync: () => ({ ...last, trustedSince: clock.now(), leaseMs: 1_000 }),
    resume: bus.resume.bind(bus),
    rules: bus.rules.bind(bus),
    retire: bus.retire.bind(bus),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
  const audit = { every: 1, tolerated: 50 }
  const one = createCache({ tiers: [memory, shared], clock, bus: hearing, audit, keepOpen: true })
  const other = createCache({ tiers: [mapTier({ clock }), shared], clock, bus, keepOpen: true })
  const deliver = () => {
    last = bus.sync()
    for (const frame of held.splice(0)) for (const listener of listeners) listener({ ...frame, own: false })
  }
  const close = async () => void (await Promise.all([one.close(), other.close()]))
  return { clock, one, other, memory, shared, held, deliver, close }
}

async function auditedGet({ one }: Pair, value: unknown) {
  expect(await one.get('key')).toBe(value)
  await turns(6)
  return one.analytics().audit
}

const old = () => 'old'
const newer = () => 'new'

describe('what another only loaded anew', () => {
  it.each<[string, (pair: Pair) => Promise<unknown>]>([
    ['a load', ({ one }) => one.getOrSet('key', old, { tags: ['t'] })],
    ['a set', ({ one }) => one.set('key', 'old', { tags: ['t'] })],
    ['a set of another', ({ other }) => other.set('key', 'old', { tags: ['t'] })],
  ])('is no violation for what came from %s', async (_, begin) => {
    const both = pair()
    const { clock, one, other } = both
    await begin(both)
    await one.get('key')
    await clock.advance(5_000)
    await other.set('unrelated', 1)
    await other.getOrSet('key', newer, { fresh: true, tags: ['t'] })
    await one.invalidate({ tags: ['another'] })
    await clock.advance(120)
    expect(await auditedGet(both, 'old')).toMatchObject({ older: 1, violations: 0, worstMs: 120 })
    await both.close()
  })

  it('is none while frames of other keys are on their way', async () => {
    const both = pair({ hears: () => false })
    const { clock, one, other, deliver } = both
    await one.getOrSet('key', old)
    await clock.advance(10)
    await other.getOrSet('key', newer, { fresh: true })
    await other.set('unrelated', 1)
    await clock.advance(120)
    await auditedGet(both, 'old')
    deliver()
    await clock.advance(50)
    await turns()
    expect(one.analytics().audit).toMatchObject({ older: 1, violations: 0 })
    await both.close()
  })
})

describe('a violation is', () => {
  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['a set', cache => cache.set('key', 'new')],
    ['an invalidation', cache => cache.invalidate({ keys: ['key'] })],
  ])('%s that this process never heard of', async (_, change) => {
    const both = pair({ hears: () => false })
    const { clock, one, other } = both
    await one.getOrSet('key', old)
    await clock.advance(10)
    await change(other)
    await other.getOrSet('key', newer)
    await clock.advance(120)
    await auditedGet(both, 'old')
    await clock.advance(50)
    await turns()
    expect(one.analytics().audit).toMatchObject({ older: 1, violations: 1, worstMs: 120 })
    await both.close()
  })

  it.each<[string, Invalidation & object]>([
    ['a tag', { mode: 'delete', tags: ['t'] }],
    ['a pattern', { mode: 'delete', pattern: 'k*' }],
  ])('%s that the record has and this process believes to have heard', async (_, { mode, ...target }) => {
    const both = pair({ hears: () => false, lies: true })
    const { clock, one, other } = both
    await one.getOrSet('key', old, { tags: ['t'] })
    await clock.advance(10)
    await other.invalidate(target as { pattern: string }, { mode })
    await other.getOrSet('key', newer, { tags: ['t'] })
    await clock.advance(120)
    expect(await auditedGet(both, 'old')).toMatchObject({ older: 1, violations: 1 })
    await both.close()
  })

  it('a copy that memory kept though it was told to drop it', async () => {
    const both = pair()
    const { clock, one, other, memory } = both
    await one.getOrSet('key', old)
    memory.deleteMany = () => undefined
    await clock.advance(5_000)
    await other.set('key', 'new')
    await clock.advance(120)
    expect(await auditedGet(both, 'old')).toMatchObject({ older: 1, violations: 1 })
    await both.close()
  })
})

describe('the auditor', () => {
  it('says nothing against a hit while the record does not answer, and holds no close up', async () => {
    const both = pair({ hears: () => false })
    const { clock, one, other } = both
    await one.getOrSet('key', old)
    await clock.advance(10)
    await other.set('key', 'new')
    await clock.advance(120)
    await auditedGet(both, 'old')
    await both.close()
    expect(one.analytics().audit).toMatchObject({ compared: 1, older: 1, violations: 0 })
  })
})
