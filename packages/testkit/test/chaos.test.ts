import { createEntry, type Entry, isGreenlangError, noStamp, type WriteOptions } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { chaos, fakeClock, tierContract } from '../src/index.ts'
import { MapTier } from './support/map-tier.ts'

tierContract({ describe, expect, it }, 'chaos that never fails', ({ clock }) =>
  chaos(new MapTier(clock), { seed: 1, clock }),
)

const fates = async (seed: number, failRate: number) => {
  const tier = chaos(new MapTier(fakeClock()), { seed, failRate })
  const outcomes: boolean[] = []
  for (let call = 0; call < 200; call += 1)
    outcomes.push(
      await Promise.resolve(tier.get('key')).then(
        () => true,
        () => false,
      ),
    )
  return outcomes
}

describe('chaos', () => {
  it('fails the share asked for, the same calls for the same seed', async () => {
    const outcomes = await fates(5, 0.3)
    expect(outcomes).toEqual(await fates(5, 0.3))
    expect(outcomes).not.toEqual(await fates(6, 0.3))
    const failed = outcomes.filter(ok => !ok).length
    expect(failed > 40 && failed < 80).toBe(true)
  })

  it('fails every operation at rate 1, without effect, and none again at 0', async () => {
    const clock = fakeClock()
    const inner = new MapTier(clock)
    const tier = chaos(inner, { seed: 1, failRate: 1 })
    const entry: Entry = createEntry('value', {}, { clock })
    const operations = [
      () => tier.get('key'),
      () => tier.getMany(['key']),
      () => tier.set('key', entry),
      () => tier.setMany(new Map([['key', entry]])),
      () => tier.deleteMany(['key']),
      () => tier.invalidateMany(['key']),
      () => tier.clear(),
    ]
    for (const operation of operations) {
      const failure = await Promise.resolve(operation()).catch((error: unknown) => error)
      expect(isGreenlangError(failure, 'CHAOS')).toBe(true)
    }
    expect(inner.stats()).toMatchObject({ entries: 0, hits: 0, misses: 0, sets: 0 })
    tier.failRate = 0
    await tier.set('key', entry)
    expect((await tier.get('key'))?.value).toBe('value')
    await tier.close()
    expect(inner.closed).toBe(true)
  })

  it('delays by its clock, and gives up with its signal', async () => {
    const clock = fakeClock()
    const tier = chaos(new MapTier(clock), { seed: 1, delay: '1s', clock })
    let answered = false
    const reading = Promise.resolve(tier.get('key')).then(() => {
      answered = true
    })
    await clock.advance(999)
    expect(answered).toBe(false)
    await clock.advance(1)
    await reading
    const controller = new AbortController()
    const hanging = tier.get('key', controller.signal)
    controller.abort('the caller left')
    await expect(hanging).rejects.toBe('the caller left')
    expect(clock.waiting).toBe(0)
  })

  it('says that it may hang: it is not guarded', () => {
    expect(chaos(new MapTier(fakeClock()), { seed: 1 }).guarded).toBe(false)
  })

  it('passes the fences of a shared tier on, with the same luck', async () => {
    const watchers: (() => void)[] = []
    const buried: unknown[] = []
    const shared = Object.assign(new MapTier(fakeClock()), {
      scope: 'shared' as const,
      fills: {
        claim: () => new Map(),
        fill: () => true,
        renew: () => true,
        release: () => {},
        write: (_key: string, _entry: Entry, { version = 0 }: WriteOptions = {}) =>
          version > 0 ? ('stored' as const) : ('dropped' as const),
        bury: (...args: unknown[]) => void buried.push(args),
        sweep: () => {},
        watch: (listener: () => void) => {
          watchers.push(listener)
          return () => void watchers.pop()
        },
      },
    })
    const tier = chaos(shared, { seed: 1 })
    expect(await tier.fills?.fill('key', createEntry(1), 'token')).toBe(true)
    expect(await tier.fills?.write('key', createEntry(1), { version: 7 })).toBe('stored')
    await tier.fills?.bury('key', 8)
    tier.failRate = 1
    const failing = [
      () => tier.fills?.renew('token'),
      () => tier.fills?.write('key', createEntry(1)),
      () => tier.fills?.bury('key', 9),
      () => tier.fills?.sweep({ all: true }, noStamp),
    ]
    for (const operation of failing)
      await expect(operation()).rejects.toThrow('tier "map" failed because the test asked for it')
    expect(buried).toEqual([['key', 8]])
    const leave = tier.fills?.watch(() => {})
    expect(watchers).toHaveLength(1)
    leave?.()
    expect(watchers).toHaveLength(0)
  })

  it('passes the journal of a tier that outlives its process on, with the same luck', async () => {
    const marked: unknown[] = []
    const lasting = Object.assign(new MapTier(fakeClock()), {
      journal: {
        read: () => noStamp,
        mark: (...args: unknown[]) => void marked.push(args),
        distrust: () => {},
      },
    })
    const tier = chaos(lasting, { seed: 1 })
    expect(await tier.journal?.read()).toEqual(noStamp)
    const removal = { mode: 'delete', keys: ['key'] } as const
    await tier.journal?.mark(noStamp, removal)
    expect(marked).toEqual([[noStamp, removal]])
    tier.failRate = 1
    await expect(tier.journal?.mark(noStamp)).rejects.toMatchObject({ code: 'CHAOS' })
    await expect(tier.journal?.distrust()).rejects.toMatchObject({ code: 'CHAOS' })
    expect(marked).toHaveLength(1)
  })

  it('has no fences and no journal where the tier has none', () => {
    const tier = chaos(new MapTier(fakeClock()), { seed: 1 })
    expect([tier.fills, tier.journal]).toEqual([undefined, undefined])
  })

  it.each([
    [{}, 'option seed must be a whole number'],
    [{ seed: 1, failRate: 2 }, 'option failRate must be a number >= 0 and <= 1; got 2'],
    [{ seed: 1, delay: -1 }, 'option delay must be a duration'],
    [{ seed: 1, failrate: 1 }, 'option chaos.failrate must be one that exists'],
  ])('refuses %p', (options, message) => {
    expect(() => chaos(new MapTier(fakeClock()), options as never)).toThrow(message)
  })
})
