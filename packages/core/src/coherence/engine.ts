/**
 * The coherent read and fill engine: what a cache over any tiers is made of, without I/O of its own. See
 * docs/design/coherence.md for the protocol; each guard of it stands in guards.ts.
 */
import { setMaxListeners } from 'node:events'
import type { Invalidation, Published } from '../bus.ts'
import { systemClock } from '../clock.ts'
import type { Entry } from '../entry.ts'
import { InvalidOptionError } from '../error.ts'
import { checkInteger, checkNumber, checkOneOf } from '../option.ts'
import type { Stamp } from '../stamp.ts'
import { type Changes, createChanges } from './changes.ts'
import type {
  Engine,
  EngineOptions,
  GetOptions,
  InvalidateOptions,
  RefreshOptions,
  TierChoice,
} from './engine-types.ts'
import { explain, type TierExplanation } from './explain.ts'
import { createFirstWord } from './first-word.ts'
import type { Load } from './flight.ts'
import { engineGuards, recordGuards } from './guards.ts'
import { KeyStates } from './keys.ts'
import { createLedger } from './ledger.ts'
import { cutOff, lookUp } from './lookup.ts'
import { createMark } from './mark.ts'
import { createNarrow, type Narrow } from './narrow.ts'
import { createOpenSlots, type OpenSlots } from './open-slots.ts'
import { attempt, type EngineSettings, type Parts } from './parts.ts'
import { type Missed, peek } from './peek.ts'
import { createPendingSet } from './pending.ts'
import { createQuick, type Quick } from './quick.ts'
import { type Answer, type ReadOptions, read } from './read.ts'
import { refresh } from './refresh.ts'

import { claimSlot, type Slot } from './slot.ts'
import { createVersions, type Versions } from './versions.ts'
import { createWaits, type Waits } from './waits.ts'
import { type SetOptions, type SetResult, write } from './write.ts'

const defaults: EngineSettings = {
  claimMs: 3_000,
  longestLoadMs: 30_000,
  waitMs: 3_000,
  pollMs: 50,
  whenCut: 'fresh',
  reissueMs: 30_000,
  retryMs: 250,
  maxQueued: 10_000,
  firstWordMs: 0,
}

const defaultMaxTags = 10_000
const mostSlots = 10_000
const mostVersions = 65_536
const longestMs = 86_400_000

/**
 * Listens from now on. With a tier that kept a journal it is there once that is read.
 * @throws InvalidOptionError for a bad option.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const engine = new TieredEngine(options)
  await engine.recover()
  return engine
}

function checkSettings(settings: EngineSettings): EngineSettings {
  const { claimMs, longestLoadMs, pollMs, retryMs } = settings
  for (const [name, value] of Object.entries({ claimMs, longestLoadMs, pollMs, retryMs }))
    checkNumber(name, value, 1, longestMs)
  for (const name of ['waitMs', 'reissueMs', 'firstWordMs'] as const)
    checkNumber(name, settings[name], 0, longestMs)
  checkInteger('maxQueued', settings.maxQueued, 1)
  checkOneOf('whenCut', settings.whenCut, ['fresh', 'serve'])
  return settings
}

let made = 0

function nameNext(): string {
  made += 1
  return `${made}`
}

class TieredEngine implements Engine {
  readonly #parts: Parts
  readonly #changes: Changes
  readonly #narrow: Narrow
  readonly #slots: OpenSlots
  readonly #waits: Waits
  /** Where no tier keeps them. */
  readonly #versions: Versions | undefined
  readonly quick: Quick | undefined
  readonly #stops: (() => void)[] = []
  readonly #closing = new AbortController()

  constructor(options: EngineOptions) {
    const { tiers, bus, clock = systemClock, random = Math.random, maxTags = defaultMaxTags } = options
    const guards = options.guards ?? engineGuards
    const records = options.recordGuards ?? recordGuards
    const mark = createMark(guards.marksRise)
    const settings = checkSettings({ ...defaults, ...options })
    this.#parts = {
      name: nameNext(),
      tiers,
      bus,
      clock,
      random,
      settings,
      guards,
      recordGuards: records,
      ledger: createLedger(checkInteger('maxTags', maxTags, 1), records, mark),
      pending: createPendingSet(mark),
      keys: new KeyStates(),
      observer: options.observer,
      mark,
      firstWord: createFirstWord(bus, clock, settings.firstWordMs),
      trust: { epoch: Number.NEGATIVE_INFINITY, ofTier: new Map() },
      closing: this.#closing.signal,
    }
    this.#changes = createChanges(this.#parts)
    this.#narrow = createNarrow(this.#parts)
    const closing = this.#closing.signal
    this.#waits = createWaits(closing)
    const { longestLoadMs: lifeMs } = this.#parts.settings
    this.#slots = createOpenSlots({ clock, lifeMs, closing, most: mostSlots })
    const keepsVersions = tiers.some(({ fills }) => fills)
    this.#versions = keepsVersions ? undefined : createVersions(this.#parts, mostVersions)
    this.quick = createQuick(this.#parts)
    // Everyone who waits listens to it: there is no leak to warn of.
    setMaxListeners(0, this.#closing.signal)
  }

  /** What a tier kept from an earlier process is worth as much as the frames that can be had since. */
  async recover(): Promise<void> {
    const { tiers, bus } = this.#parts
    const journals = tiers.flatMap(({ journal }) => (journal ? [journal] : []))
    const stamps = await Promise.all(journals.map(journal => attempt(() => journal.read())))
    this.#listen()
    const [first] = stamps
    const oldest = stamps.reduce((a, b) => (a && b && b.sequence < a.sequence ? b : a), first)
    this.#parts.ledger.reset(oldest ?? bus.sync().applied)
    if (journals.length === 0) return
    if (oldest === undefined || stamps.some(stamp => stamp?.history !== oldest.history))
      this.#changes.befall('lost')
    else bus.resume(oldest)
  }

  #listen(): void {
    const { bus, tiers } = this.#parts
    const changes = this.#changes
    this.#stops.push(
      bus.subscribe(frame => {
        const { own, from, invalidation } = frame
        if (!own || from !== this.#parts.name) this.#versions?.invalidated(invalidation)
        changes.hear(frame)
      }),
      bus.watch(event => changes.befall(event)),
      ...tiers.flatMap(({ fills }) => (fills ? [fills.watch(() => changes.reissue())] : [])),
    )
  }

  get queued(): number {
    return this.#changes.queued
  }

  peek(key: string, after?: Stamp): Entry | Missed | undefined {
    const found = peek(this.#parts, key, after)
    if (found !== undefined && !('standIns' in found)) this.quick?.note(key, found)
    return found
  }

  get(key: string, options: GetOptions = {}): Promise<Answer | undefined> {
    return this.#waits.orClosed(this.#find(key, options))
  }

  async #find(key: string, { missed, after, tiers: names }: GetOptions): Promise<Answer | undefined> {
    const parts = this.#narrow(names)
    const { keys, tiers } = parts
    const state = keys.hold(key)
    try {
      const rest = missed ? tiers.slice(1) : tiers
      const { hit, standIns, reached } = await lookUp(parts, { key, state, tiers: rest, after })
      if (hit) return { entry: hit.entry, source: hit.source, stale: undefined, joined: false }
      const standIn = reached ? undefined : cutOff(parts, [...(missed?.standIns ?? []), ...standIns])
      return standIn && { entry: standIn.entry, source: standIn.source, stale: 'cut', joined: false }
    } finally {
      keys.release(key, state)
    }
  }

  getOrSet(key: string, load: Load, { tiers, ...options }: ReadOptions & TierChoice = {}): Promise<Answer> {
    const fenced = this.#versions?.fenced(key, load) ?? load
    return read(this.#narrow(tiers), { key, load: fenced, options })
  }

  refresh(key: string, load: Load, entry: Entry, { tiers, ...options }: RefreshOptions = {}): Promise<void> {
    const fenced = this.#versions?.fenced(key, load) ?? load
    return refresh(this.#narrow(tiers), { key, load: fenced, options }, { entry })
  }

  explain(key: string): Promise<readonly TierExplanation[]> {
    return explain(this.#parts, key)
  }

  set(key: string, value: unknown, options: SetOptions = {}): Promise<SetResult> {
    return write(this.#parts, this.#changes, { key, value, options, versions: this.#versions })
  }

  claim(key: string): Promise<Slot> {
    return claimSlot(this.#parts, this.#slots, key)
  }

  async invalidate(invalidation: Invalidation, { version }: InvalidateOptions = {}): Promise<Published> {
    if (version === undefined) {
      this.#versions?.invalidated(invalidation)
      return this.#changes.invalidate(invalidation)
    }
    checkInteger('version', version, 0)
    const one = 'keys' in invalidation && invalidation.keys.length === 1
    if (!one) throw new InvalidOptionError('version', 'given with one key only', version)
    this.#versions?.invalidated(invalidation, version)
    return this.#changes.invalidate(invalidation, version)
  }

  heard(): Promise<void> | undefined {
    return this.#parts.firstWord()
  }

  close(): void {
    this.#closing.abort()
    for (const stop of this.#stops) stop()
  }
}
