import {
  type BusEvent,
  compareStamps,
  type Frame,
  type Invalidation,
  noStamp,
  type Rule,
  type Stamp,
} from '@greenlang/core'
import { ListBus } from './list-bus.ts'

/** One careless bus for each thing the contract holds, by the test that must find it out. */
export const brokenBuses: Readonly<Record<string, () => ListBus>> = {
  'says who made it and for which contract': () =>
    Object.assign(new ListBus(), { contract: { package: '', version: 1 } }),

  'delivers every kind of invalidation to every subscriber, its own frames marked': () =>
    new (class extends ListBus {
      override deliver(frame: Frame) {
        super.deliver({ ...frame, own: false })
      }
    })(),

  'numbers frames one by one in a single history and delivers them in that order': () =>
    new (class extends ListBus {
      override async publish(invalidation: Invalidation) {
        this.sequence += 1
        return super.publish(invalidation)
      }
    })(),

  'delivers what was published, whatever the caller does to its list afterwards': () =>
    new (class extends ListBus {
      override async publish(invalidation: Invalidation) {
        await null
        return super.publish(invalidation)
      }
    })(),

  'tells a subscriber that left nothing more, and the others everything': () =>
    new (class extends ListBus {
      override subscribe(listener: (frame: Frame) => void) {
        super.subscribe(listener)
        return () => {}
      }
    })(),

  'takes watchers, one of them twice, and lets each leave as often as it likes': () =>
    new (class extends ListBus {
      override watch(listener: (event: BusEvent) => void) {
        if (this.watchers.size > 0) throw new Error('somebody watches already')
        return super.watch(listener)
      }
    })(),

  'delivers again what came after a stamp, or says that it is lost': () =>
    new (class extends ListBus {
      override resume(after: Stamp) {
        if (compareStamps(after, this.stamp()) === undefined) throw new Error('cannot be compared')
        super.resume(after)
      }
    })(),

  'is not stopped by a subscriber that throws': () =>
    new (class extends ListBus {
      override deliver(frame: Frame) {
        for (const listener of this.listeners) listener(frame)
      }
    })(),

  'refuses malformed invalidations, empty lists among them, and sends nothing': () =>
    new (class extends ListBus {
      override async publish(invalidation: Invalidation) {
        if ('keys' in (invalidation ?? {}) && Object.values(invalidation)[1]?.length === 0)
          return { propagated: true }
        return super.publish(invalidation)
      }
    })(),

  'knows and has applied what it published': () =>
    new (class extends ListBus {
      override sync() {
        return { ...super.sync(), known: { history: 'a history', sequence: Math.max(0, this.sequence - 1) } }
      }
    })(),

  'never has applied more than it knows': () =>
    new (class extends ListBus {
      override sync() {
        return { ...super.sync(), applied: { history: 'a history', sequence: this.sequence + 1 } }
      }
    })(),

  'remembers the last invalidation of each tag, and stands in for the others by its floor': () =>
    new (class extends ListBus {
      override record(stamp: Stamp, invalidation: Invalidation) {
        if ('tags' in invalidation)
          for (const tag of invalidation.tags) {
            const first = this.tags.get(tag)?.sequence ?? stamp.sequence
            this.tags.set(tag, { sequence: first, mode: invalidation.mode })
          }
      }
    })(),

  'remembers that a tag was once deleted, whatever came before and after': () =>
    new (class extends ListBus {
      override record(stamp: Stamp, invalidation: Invalidation) {
        if ('tags' in invalidation) for (const tag of invalidation.tags) this.tags.delete(tag)
        super.record(stamp, invalidation)
      }
    })(),

  'forgets no tag among thousands, unless its floor covers it': () =>
    new (class extends ListBus {
      override record(stamp: Stamp, invalidation: Invalidation) {
        super.record(stamp, invalidation)
        for (const tag of this.tags.keys()) if (this.tags.size > 1000) this.tags.delete(tag)
      }
    })(),

  'remembers patterns and clear as rules, newer than a stamp': () =>
    new (class extends ListBus {
      override rules(_since: Stamp, tags?: readonly string[]) {
        return super.rules(noStamp, tags)
      }
    })(),

  'keeps a bounded number of rules and loses none of their effect': () =>
    new (class extends ListBus {
      override record(stamp: Stamp, invalidation: Invalidation) {
        super.record(stamp, invalidation)
        this.recorded = this.recorded.slice(-32)
      }
    })(),

  'forgets a rule that was retired, no other, and says up to where': () =>
    new (class extends ListBus {
      override async retire(rule: Rule) {
        await super.retire(rule)
        this.retired = 0
      }
    })(),

  'keeps the rule that stands for many when the newest of them is retired': () =>
    new (class extends ListBus {
      override async retire({ stamp, ...rule }: Rule) {
        const same = this.recorded.find(held => compareStamps(held.stamp, stamp) === 0)
        await super.retire({ ...rule, ...same, stamp })
      }
    })(),

  'takes it well when a rule is retired that it does not know': () =>
    new (class extends ListBus {
      override async retire({ stamp, ...rule }: Rule) {
        await super.retire({ ...rule, stamp: { ...this.stamp(), sequence: stamp.sequence } })
      }
    })(),

  'lets a private copy be served for some time unseen': () =>
    new (class extends ListBus {
      override sync() {
        return { ...super.sync(), leaseMs: 0 }
      }
    })(),

  'keeps keys out of its record': () =>
    new (class extends ListBus {
      override record(stamp: Stamp, invalidation: Invalidation) {
        super.record(stamp, invalidation)
        if ('keys' in invalidation) super.record(stamp, { mode: invalidation.mode, tags: invalidation.keys })
      }
    })(),

  'fails every call after close with ClosedError': () =>
    new (class extends ListBus {
      override sync() {
        return { trustedSince: 0, known: this.stamp(), applied: this.stamp(), leaseMs: 1_000 }
      }
    })(),

  'closes as often as it is asked, also by asynchronous disposal': () =>
    new (class extends ListBus {
      override async close() {
        this.check()
        await super.close()
      }
    })(),

  'lets subscribers and watchers leave after close': () =>
    new (class extends ListBus {
      override subscribe(listener: (frame: Frame) => void) {
        const leave = super.subscribe(listener)
        return () => {
          this.check()
          leave()
        }
      }
    })(),

  'delivers nothing after close': () =>
    new (class extends ListBus {
      override deliver(frame: Frame) {
        const listeners = [...this.listeners]
        setImmediate(() => {
          for (const listener of listeners) listener(frame)
        })
      }
    })(),
}
