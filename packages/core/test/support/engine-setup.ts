import { createEngine, type EngineOptions, type Load, type Loaded } from '../../src/coherence/index.ts'
import { createEntry, type Entry, type EntryOptions } from '../../src/index.ts'
import { HandBus } from './hand-bus.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryTier, SharedTier } from './memory-tier.ts'

/** An engine over one private and one shared tier, on a bus that is at `sequence`. */
export async function engineOver(options: Partial<EngineOptions> = {}, sequence = 0) {
  const clock = new ManualClock()
  const [bus, near, far] = [new HandBus(clock, sequence), new MemoryTier(clock), new SharedTier(clock)]
  const engine = await createEngine({ tiers: [near, far], bus, clock, random: () => 0.5, ...options })
  /** As another process would have left it in the shared tier. */
  const leave = (key: string, value: unknown, rest: EntryOptions & { sequence?: number } = {}): Entry => {
    const { sequence: known = bus.sequence, ...dates } = rest
    const entry = createEntry(value, dates, { clock, stamp: bus.stamp(known) })
    far.entries.set(key, entry)
    return entry
  }
  return { engine, bus, near, far, clock, leave }
}

/** A load that counts how often it is begun, and lands when it is told to. */
export function slowLoad() {
  const landings: { land(loaded: Loaded): void; crash(error: Error): void }[] = []
  const load: Load = () =>
    new Promise((land, crash) => {
      landings.push({ land, crash })
    })
  return { load, landings }
}

export function loadOf(value: unknown, rest: Omit<Loaded, 'value'> = {}): Load {
  return async () => ({ value, ...rest })
}

export const failing: Load = async () => {
  throw new Error('the source is down')
}
