import { createEntry, type Entry, type Fills, type Journal, noStamp, type Tier } from '@greenlang/core'
import { guard } from '@greenlang/resilience'
import { chaos, fakeClock, tierContract } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { mapTier } from './map-tier.ts'

const never = () => new Promise<never>(() => undefined)
const reliable = { seed: 1 } as const

tierContract({ describe, it, expect }, 'a guarded synchronous tier', ({ clock }) =>
  guard(mapTier({ clock }), { clock }),
)
tierContract({ describe, it, expect }, 'a guarded asynchronous tier', ({ clock }) =>
  guard(chaos(mapTier({ clock }), reliable), { clock }),
)

describe('guard', () => {
  it('is the same tier, guarded', async () => {
    const inner = chaos(mapTier({ name: 'far', scope: 'shared' }), reliable)
    const tier = guard(inner)
    const { name, scope, contract, guarded } = tier
    expect({ name, scope, contract, guarded }).toEqual({
      name: 'far',
      scope: 'shared',
      contract: inner.contract,
      guarded: true,
    })
    await tier.close()
    await expect(inner.get('key')).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('hands on what comes at once as it is', async () => {
    const tier = guard(mapTier())
    const entry = createEntry('value')
    expect(tier.set('key', entry)).toBe(undefined)
    expect(tier.get('key')).toBe(entry)
    await tier.close()
  })

  it('ends a hung call at the deadline, aborts it, and counts it', async () => {
    const clock = fakeClock()
    let seen: AbortSignal | undefined
    const hung = replaceGet(mapTier({ name: 'hung' }), (_, signal) => {
      seen = signal
      return never()
    })
    const tier = guard(hung, { clock })
    const failure = Promise.resolve(tier.get('secret-key')).catch((error: unknown) => error)
    await clock.advance('250ms')
    const error = await failure
    expect(error).toMatchObject({ code: 'DEADLINE', subject: 'tier "hung"' })
    expect(String(error)).not.toContain('secret-key')
    expect(seen?.reason).toBe(error)
    expect(tier.stats().failures).toBe(1)
    await tier.close()
  })

  it('opens for a failing tier, refuses, heals, and counts each call that failed once', async () => {
    const states: string[] = []
    const inner = chaos(mapTier(), { seed: 1, failRate: 1 })
    const half = new Promise<void>(resolve => {
      const onState = (state: string) => {
        states.push(state)
        if (state === 'half-open') resolve()
      }
      opened = guard(inner, { openFor: 20, onState })
    })
    const tier = opened
    for (let round = 0; round < 10; round += 1)
      await expect(tier.get('key')).rejects.toMatchObject({ code: 'CHAOS' })
    await expect(tier.get('key')).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' })
    expect(tier.stats().failures).toBe(11)
    inner.failRate = 0
    await half
    expect(await tier.get('key')).toBe(undefined)
    expect(states).toEqual(['open', 'half-open', 'closed'])
    await tier.close()
  })

  it('opens for a tier that throws at once', async () => {
    const tier = guard(
      replaceGet(mapTier(), () => {
        throw new Error('at once')
      }),
    )
    for (let round = 0; round < 10; round += 1) await expect(tier.get('key')).rejects.toThrow('at once')
    await expect(tier.get('key')).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' })
    await tier.close()
  })

  it('counts neither callers that leave nor calls after close as failures', async () => {
    const tier = guard(chaos(mapTier(), reliable))
    await expect(tier.get('key', AbortSignal.abort(new Error('left')))).rejects.toThrow('left')
    await tier.close()
    await expect(tier.get('key')).rejects.toMatchObject({ code: 'CLOSED' })
    expect(tier.stats().failures).toBe(0)
  })

  it('guards the fills of a shared tier too', async () => {
    const clock = fakeClock()
    const written: unknown[] = []
    const buried: unknown[] = []
    const fills: Fills = {
      ...{ claim: never, fill: never, renew: async () => true, release: never, sweep: never },
      write: (...args) => {
        written.push(args)
        return Promise.resolve('stored' as const)
      },
      bury: (...args) => {
        buried.push(args)
        return buried.length === 1 ? Promise.resolve() : never()
      },
      watch: () => () => undefined,
    }
    const tier = guard(Object.assign(mapTier({ scope: 'shared' }), { fills }), { clock })
    expect(await tier.fills?.renew('token')).toBe(true)
    const entry = createEntry(1)
    expect(await tier.fills?.write('key', entry, { version: 7 })).toBe('stored')
    expect(written).toEqual([['key', entry, { version: 7 }]])
    await tier.fills?.bury('key', 8)
    expect(buried).toEqual([['key', 8]])
    const hung = [
      tier.fills?.release('token'),
      tier.fills?.sweep({ all: true }, noStamp),
      tier.fills?.bury('key', 9),
    ]
    const failures = hung.map(call => Promise.resolve(call).catch((error: unknown) => error))
    await clock.advance('250ms')
    expect(await Promise.all(failures)).toMatchObject(Array(3).fill({ code: 'DEADLINE' }))
    expect(tier.stats().failures).toBe(3)
    await tier.close()
  })

  it('lets who watches a shared tier hear it at once, also while the circuit is open', async () => {
    const watchers = new Set<() => void>()
    const failing = async () => Promise.reject(new Error('no connection'))
    const fills: Fills = {
      ...{ claim: failing, fill: failing, renew: failing, release: failing },
      ...{ write: failing, bury: failing, sweep: failing },
      watch: listener => {
        watchers.add(listener)
        return () => watchers.delete(listener)
      },
    }
    const tier = guard(Object.assign(mapTier({ scope: 'shared' }), { fills }))
    for (let round = 0; round < 10; round += 1)
      await expect(tier.fills?.bury('key', 1)).rejects.toThrow('no connection')
    await expect(tier.fills?.bury('key', 1)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' })
    await expect(tier.fills?.renew('token')).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' })
    let heard = 0
    const leave = tier.fills?.watch(() => {
      heard += 1
    })
    for (const tell of watchers) tell()
    leave?.()
    expect([heard, watchers.size]).toEqual([1, 0])
    await tier.close()
  })

  it('bounds the reading of a journal, and never leaves out what is to be remembered', async () => {
    const clock = fakeClock()
    const marked: unknown[] = []
    const journal: Journal = { read: never, mark: (...args) => void marked.push(args), distrust: never }
    const tier = guard(Object.assign(mapTier(), { journal }), { clock })
    const removal = { mode: 'invalidate', keys: ['key'] } as const
    expect(tier.journal?.mark(noStamp, removal)).toBe(undefined)
    expect(marked).toEqual([[noStamp, removal]])
    const distrusting = Promise.resolve(tier.journal?.distrust()).then(() => 'done')
    const failure = Promise.resolve(tier.journal?.read()).catch((error: unknown) => error)
    await clock.advance('250ms')
    expect(await failure).toMatchObject({ code: 'DEADLINE' })
    expect(await Promise.race([distrusting, Promise.resolve('under way')])).toBe('under way')
    await tier.close()
  })

  it('has no fills and no journal where the tier has none', async () => {
    const tier = guard(mapTier())
    expect([tier.fills, tier.journal]).toEqual([undefined, undefined])
    await tier.close()
  })

  it('refuses bad options', () => {
    expect(() => guard(mapTier(), { deadline: -1 })).toThrow(expect.objectContaining({ option: 'deadline' }))
  })
})

let opened: Tier

function replaceGet(
  tier: Tier,
  get: (key: string, signal?: AbortSignal) => Promise<Entry | undefined>,
): Tier {
  return Object.assign(tier, { get })
}
