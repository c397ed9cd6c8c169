import type { Invalidation } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { memoryBus, tagClock } from '../src/index.ts'

const at = (sequence: number, history = 'h') => ({ history, sequence })
const frame = (sequence: number, invalidation: Invalidation, history = 'h') => ({
  stamp: at(sequence, history),
  invalidation,
  own: true,
})
const tagged = (...tags: string[]): Invalidation => ({ mode: 'invalidate', tags })

describe('tagClock', () => {
  it('holds an entry invalid once a tag of it was invalidated after its load began', () => {
    const clock = tagClock({ since: at(0) })
    clock.apply(frame(1, tagged('a')))
    expect(clock.verdict(['a'], at(0))).toBe('invalid')
    expect(clock.verdict(['b', 'a'], at(0))).toBe('invalid')
    expect(clock.verdict(['a'], at(1))).toBe('valid')
    expect(clock.verdict(['b'], at(0))).toBe('valid')
    expect(clock.verdict([], at(0))).toBe('valid')
  })

  it('knows nothing of entries of another history, unless they have no tags', () => {
    const clock = tagClock({ since: at(0) })
    expect(clock.verdict(['a'], at(9, 'earlier life'))).toBe('unknown')
    expect(clock.verdict([], at(9, 'earlier life'))).toBe('valid')
  })

  it('knows nothing of what came before it listened', () => {
    const clock = tagClock({ since: at(7) })
    expect(clock.verdict(['a'], at(6))).toBe('unknown')
    expect(clock.verdict(['a'], at(7))).toBe('valid')
  })

  it('turns unknown, not valid, what a full table forgot', () => {
    const clock = tagClock({ since: at(0), maxTags: 2 })
    clock.apply(frame(1, tagged('a')))
    clock.apply(frame(2, tagged('b')))
    clock.apply(frame(3, tagged('c')))
    expect(clock.verdict(['a'], at(0))).toBe('unknown')
    expect(clock.verdict(['a'], at(1))).toBe('valid')
    expect(clock.verdict(['b'], at(1))).toBe('invalid')
  })

  it('turns unknown what a missed frame may have named', () => {
    const clock = tagClock({ since: at(0) })
    clock.apply(frame(3, { mode: 'delete', keys: ['k'] }))
    expect(clock.verdict(['a'], at(1))).toBe('unknown')
    expect(clock.verdict(['a'], at(2))).toBe('valid')
  })

  it('turns unknown what a missed frame may have named again', () => {
    const clock = tagClock({ since: at(0) })
    clock.apply(frame(1, tagged('a')))
    clock.apply(frame(3, tagged('b')))
    expect(clock.verdict(['a'], at(1))).toBe('unknown')
    expect(clock.verdict(['a'], at(0))).toBe('invalid')
    expect(clock.verdict(['b', 'a'], at(1))).toBe('invalid')
    expect(clock.verdict(['a'], at(2))).toBe('valid')
    clock.apply(frame(1, tagged('a'), 'new'))
    expect(clock.verdict(['a'], at(1, 'new'))).toBe('valid')
  })

  it('starts again with a new history, and cannot judge what was loaded in the old one', () => {
    const clock = tagClock({ since: at(5) })
    clock.apply(frame(2, tagged('a'), 'new'))
    expect(clock.verdict(['a'], at(5))).toBe('unknown')
    expect(clock.verdict(['a'], at(1, 'new'))).toBe('invalid')
    expect(clock.verdict(['b'], at(1, 'new'))).toBe('valid')
    expect(clock.verdict(['b'], at(0, 'new'))).toBe('unknown')
  })

  it('holds tags invalid before the bus has answered, until something newer is known', () => {
    const clock = tagClock({ since: at(4) })
    clock.anticipate(['a'], at(4))
    expect(clock.verdict(['a'], at(4))).toBe('invalid')
    clock.apply(frame(5, tagged('a')))
    expect(clock.verdict(['a'], at(4))).toBe('invalid')
    expect(clock.verdict(['a'], at(5))).toBe('valid')
  })

  it('judges a load by what its bus knew as it began', async () => {
    const bus = memoryBus()
    const clock = tagClock({ since: bus.sync().known })
    bus.subscribe(frame => clock.apply(frame))
    const begun = bus.sync().known
    await bus.publish(tagged('a'))
    expect(clock.verdict(['a'], begun)).toBe('invalid')
    expect(clock.verdict(['a'], bus.sync().known)).toBe('valid')
  })

  it('refuses bad options', () => {
    expect(() => tagClock({ since: at(0), maxTags: 0 })).toThrow(/option maxTags must be a whole number >= 1/)
    expect(() => tagClock({} as never)).toThrow(/option since must be a stamp/)
    expect(() => tagClock({ since: at(0), max: 1 } as never)).toThrow(/tagClock\.max/)
  })
})
