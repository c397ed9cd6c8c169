/** The life of slots that nobody fills or releases, and values that need none. */
import { describe, expect, it } from '@jest/globals'
import type { Engine, Slot } from '../../src/coherence/index.ts'
import { createOpenSlots } from '../../src/coherence/open-slots.ts'
import { engineOver } from '../support/engine-setup.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { MemoryTier } from '../support/memory-tier.ts'

const key = 'user:1'

async function open(engine: Engine): Promise<Exclude<Slot, { kind: 'found' }>> {
  const slot = await engine.claim(key)
  if (slot.kind === 'found') throw new Error('nothing is there')
  return slot
}

describe('a slot whose holder is gone', () => {
  it('ends after the longest load, with its lease', async () => {
    const { engine, near, far, clock } = await engineOver({ longestLoadMs: 5_000 })
    const slot = await open(engine)
    await clock.advance(4_999)
    expect(far.leases.size).toBe(1)
    await clock.advance(1)
    expect([far.leases.size, await slot.set('late')]).toEqual([0, false])
    expect([near.entries.size, far.entries.size]).toEqual([0, 0])
    // One timer for all of them, and none that stays.
    expect(clock.sleepers.size).toBe(0)
    const again = await open(engine)
    expect(await again.set('in time')).toBe(true)
  })

  it('ends as the engine closes', async () => {
    const { engine, near, clock } = await engineOver()
    const slot = await open(engine)
    engine.close()
    expect([await slot.set('late'), near.entries.size, clock.sleepers.size]).toEqual([false, 0, 0])
    const late = await open(engine)
    expect([await late.set('late'), near.entries.size]).toEqual([false, 0])
  })

  it('ends at once where too many came after it, and no other does', async () => {
    const clock = new ManualClock()
    const { signal } = new AbortController()
    const slots = createOpenSlots({ clock, lifeMs: 1_000, closing: signal, most: 2 })
    const ends: string[] = []
    const openOne = (name: string) => slots.open(isOver => ends.push(`${name} ${isOver}`))
    const [first, second] = [openOne('first'), openOne('second')]
    const third = openOne('third')
    expect([first, second, third].map(({ isOpen }) => isOpen)).toEqual([false, true, true])
    second.end()
    second.end()
    await clock.advance(500)
    const fourth = openOne('fourth')
    await clock.advance(500)
    expect([third.isOpen, fourth.isOpen]).toEqual([false, true])
    await clock.advance(500)
    expect(ends).toEqual(['first true', 'second false', 'third true', 'fourth true'])
  })
})

describe('a claim', () => {
  it('finds what a private tier has', async () => {
    const clock = new ManualClock()
    const { engine } = await engineOver({ tiers: [new MemoryTier(clock)] })
    await engine.set(key, 'a')
    expect(await engine.claim(key)).toMatchObject({ kind: 'found', entry: { value: 'a' } })
    await engine.invalidate({ mode: 'invalidate', keys: [key] })
    expect((await engine.claim(key)).kind).toBe('taken')
  })

  it('that cannot ask the bus where it stands holds nothing', async () => {
    const { engine, bus, leave } = await engineOver()
    leave(key, 'a')
    const { sync } = bus
    bus.sync = () => {
      throw new Error('closed')
    }
    await expect(engine.claim(key)).rejects.toThrow('closed')
    bus.sync = sync
    expect(await engine.claim(key)).toMatchObject({ kind: 'found' })
  })
})
