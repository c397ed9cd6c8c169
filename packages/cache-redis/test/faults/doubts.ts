/**
 * When an engine could not tell that it had missed nothing. A caller may not join a flight older than the lease then, and
 * flies beside it.
 */
import { type InvalidationBus, systemClock } from '@greenlang/core'

export interface Doubts {
  /** The bus as the engine is to have it. */
  readonly bus: InvalidationBus
  /** When the engine was last told so, by the clock of this process; `-Infinity` if never. */
  lastAt(): number
}

/** Between the word of the bus and the engine's look at the clock. */
const marginMs = 5

export function noteDoubts(bus: InvalidationBus): Doubts {
  let lastAt = Number.NEGATIVE_INFINITY
  const note = () => {
    lastAt = systemClock.now()
  }
  bus.watch(note)
  const noted: InvalidationBus = {
    contract: bus.contract,
    publish: (invalidation, from) => bus.publish(invalidation, from),
    subscribe: listener => bus.subscribe(listener),
    watch: listener => bus.watch(listener),
    sync() {
      const sync = bus.sync()
      if (systemClock.now() - sync.trustedSince > sync.leaseMs - marginMs) note()
      return sync
    },
    resume: after => bus.resume(after),
    rules: (since, tags) => bus.rules(since, tags),
    retire: rule => bus.retire(rule),
    close: () => bus.close(),
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  }
  return { bus: noted, lastAt: () => lastAt }
}
