/** Who hears of an invalidation, and in which order. */
import type { BusEvent, Frame, Invalidation } from '@greenlang/core'
import { contractVersion } from '@greenlang/core'
import { type BusContext, eventually, listenTo, stampOf } from './bus-context.ts'
import { type Cases, codeOf } from './runner.ts'

const kinds: readonly Invalidation[] = [
  { mode: 'delete', keys: ['a', '__proto__', 'b:*'] },
  { mode: 'invalidate', keys: ['a'] },
  { mode: 'invalidate', tags: ['user:7', 'ü'] },
  { mode: 'delete', pattern: 'workflow:*' },
  { mode: 'delete', all: true },
]

/** An empty list invalidates nothing, so there would be no place in the order to answer with: it is a mistake. */
const malformed: readonly unknown[] = [
  undefined,
  {},
  { mode: 'delete' },
  { mode: 'forget', keys: ['a'] },
  { mode: 'delete', keys: [] },
  { mode: 'delete', keys: [1] },
  { mode: 'invalidate', tags: [] },
  { mode: 'invalidate', tags: [null] },
  { mode: 'delete', pattern: 5 },
]

export const frameCases: Cases<BusContext> = {
  async 'says who made it and for which contract'({ bus, expect }) {
    const { package: maker, version } = bus.contract
    expect({ named: typeof maker === 'string' && maker !== '', version }).toEqual({
      named: true,
      version: contractVersion,
    })
  },

  async 'delivers every kind of invalidation to every subscriber, its own frames marked'(context) {
    const { bus, expect } = context
    const heard = [listenTo(bus), listenTo(bus)]
    const sent: Frame[] = []
    for (const invalidation of kinds) {
      const published = await bus.publish(invalidation)
      expect(published.propagated).toBe(true)
      sent.push({ stamp: stampOf(context, published), invalidation, own: true })
    }
    await eventually(() => heard.every(frames => frames.length >= sent.length))
    expect(heard).toEqual([sent, sent])
  },

  async 'numbers frames one by one in a single history and delivers them in that order'(context) {
    const { bus, expect } = context
    const frames = listenTo(bus)
    const published = await Promise.all(
      Array.from({ length: 30 }, (_, index) => bus.publish({ mode: 'delete', keys: [`${index}`] })),
    )
    await eventually(() => frames.length >= published.length)
    const first = frames[0]?.stamp ?? { history: '', sequence: Number.NaN }
    expect({ history: first.history !== '', counted: Number.isSafeInteger(first.sequence) }).toEqual({
      history: true,
      counted: true,
    })
    expect(frames.map(frame => frame.stamp)).toEqual(
      frames.map((_, index) => ({ history: first.history, sequence: first.sequence + index })),
    )
    const ordered = published
      .map(each => stampOf(context, each))
      .sort((one, other) => one.sequence - other.sequence)
    expect(ordered).toEqual(frames.map(frame => frame.stamp))
  },

  async 'delivers what was published, whatever the caller does to its list afterwards'({ bus, expect }) {
    const frames = listenTo(bus)
    const keys = ['first']
    const publishing = bus.publish({ mode: 'delete', keys })
    keys.push('second')
    await publishing
    await eventually(() => frames.length > 0)
    expect(frames[0]?.invalidation).toEqual({ mode: 'delete', keys: ['first'] })
  },

  async 'tells a subscriber that left nothing more, and the others everything'({ bus, expect }) {
    const left: Frame[] = []
    const unsubscribe = bus.subscribe(frame => {
      left.push(frame)
    })
    const stayed = listenTo(bus)
    await bus.publish({ mode: 'delete', keys: ['a'] })
    await eventually(() => left.length > 0 && stayed.length > 0)
    unsubscribe()
    unsubscribe()
    await bus.publish({ mode: 'delete', keys: ['b'] })
    await eventually(() => stayed.length > 1)
    expect([left.length, stayed.length]).toEqual([1, 2])
  },

  async 'takes watchers, one of them twice, and lets each leave as often as it likes'({ bus, expect }) {
    const ignore = () => {}
    const leave = [bus.watch(ignore), bus.watch(ignore), bus.watch(() => {})]
    expect(leave.map(each => typeof each)).toEqual(leave.map(() => 'function'))
    for (const each of [...leave, ...leave]) each()
    expect((await bus.publish({ mode: 'delete', keys: ['a'] })).propagated).toBe(true)
  },

  async 'delivers again what came after a stamp, or says that it is lost'(context) {
    const { bus, expect } = context
    const first = stampOf(context, await bus.publish({ mode: 'delete', keys: ['first'] }))
    const last = stampOf(context, await bus.publish({ mode: 'delete', keys: ['last'] }))
    await eventually(() => bus.sync().applied.sequence >= last.sequence)
    for (const after of [first, { history: `not ${first.history}`, sequence: 1 }]) {
      const frames = listenTo(bus)
      const events: BusEvent[] = []
      bus.watch(event => {
        events.push(event)
      })
      bus.resume(after)
      const isHad = () => frames.some(({ stamp }) => stamp.sequence === last.sequence)
      const had = await eventually(() => events.includes('lost') || (after === first && isHad()))
      expect({ after: after === first, had }).toEqual({ after: after === first, had: true })
    }
  },

  async 'is not stopped by a subscriber that throws'({ bus, expect }) {
    bus.subscribe(() => {
      throw new Error('a subscriber that throws')
    })
    const frames = listenTo(bus)
    const published = await bus.publish({ mode: 'delete', keys: ['a'] })
    await bus.publish({ mode: 'delete', keys: ['b'] })
    await eventually(() => frames.length > 1)
    expect([published.propagated, frames.length]).toEqual([true, 2])
  },

  async 'refuses malformed invalidations, empty lists among them, and sends nothing'({ bus, expect }) {
    const frames = listenTo(bus)
    for (const [index, invalidation] of malformed.entries())
      expect({ index, code: await codeOf(() => bus.publish(invalidation as Invalidation)) }).toEqual({
        index,
        code: 'INVALID_ARGUMENT',
      })
    await bus.publish({ mode: 'delete', keys: ['good'] })
    await eventually(() => frames.length > 0)
    expect(frames.map(frame => frame.invalidation)).toEqual([{ mode: 'delete', keys: ['good'] }])
  },
}
