/** How a value is looked for: in memory without waiting, else by the engine of core. */
import { checkKey, type Entry, InvalidArgumentError, type Stamp } from '@greenlang/core'
import type { Answer, Engine, Load, Missed } from '@greenlang/core/coherence'
import { checkNames, checkOptionsObject } from './arguments.ts'
import type { CacheParts } from './cache-parts.ts'
import type { Detailed } from './cache-types.ts'
import { absent, detailed, detailedHit } from './detailed.ts'
import { withDefaults } from './entry-settings.ts'
import { inSlices } from './in-slices.ts'
import { type LoadSettings, loadDefaults, loadSettings } from './load-settings.ts'
import type { Loader, LoadOptions, ReadOptions } from './load-types.ts'
import { QuickHits } from './quick-hits.ts'
import { checkTierNames, readSettings } from './read-settings.ts'

/** What is to be loaded, and how. */
export interface Renewal {
  readonly key: string
  readonly load: Load
  readonly settings: LoadSettings
}

/** A caller whom memory could not serve at once. */
export interface Ask extends Renewal {
  readonly missed: Missed | undefined
  /** Told as it begins to wait for the load of another. */
  readonly onWait?: () => void
}

export class Reads {
  readonly #parts: CacheParts
  readonly #hits: QuickHits

  constructor(parts: CacheParts) {
    this.#parts = parts
    this.#hits = new QuickHits(parts)
    parts.opening.then(
      ({ quick }) => this.#hits.open(quick),
      () => undefined,
    )
  }

  /** Requests that memory answered by the shortest way. */
  get served(): number {
    return this.#hits.served
  }

  close(): void {
    this.#hits.close()
  }

  async getOrSet(key: string, load: Loader<unknown>, options: LoadOptions | undefined): Promise<unknown> {
    const value = this.#hits.value(key, options)
    if (value !== undefined) return value
    const parts = this.#parts
    parts.assertOpen()
    const engine = parts.engine ?? (await parts.started)
    const found = this.look(engine, key, options)
    if (found !== undefined && !('standIns' in found)) {
      if (this.isDue(key, found, options)) this.#refresh(engine, { key, load, options }, found)
      return found.value
    }
    const answer = await this.#loaded(engine, { key, load, options, missed: found })
    return answer.entry?.value
  }

  async getOrSetDetailed(
    key: string,
    load: Loader<unknown>,
    options: LoadOptions | undefined,
  ): Promise<Detailed<unknown>> {
    const parts = this.#parts
    parts.assertOpen()
    const engine = parts.engine ?? (await parts.started)
    const found = this.look(engine, key, options)
    if (found !== undefined && !('standIns' in found)) {
      if (this.isDue(key, found, options)) this.#refresh(engine, { key, load, options }, found)
      return detailedHit(found, parts.tierNames[0], parts.clock.now())
    }
    const answer = await this.#loaded(engine, { key, load, options, missed: found })
    return detailed(answer, parts.clock.now())
  }

  async get(key: string, options: ReadOptions | undefined): Promise<unknown> {
    const value = this.#hits.value(key, options)
    if (value !== undefined) return value
    const parts = this.#parts
    parts.assertOpen()
    const engine = parts.engine ?? (await parts.started)
    const found = this.look(engine, key, options)
    if (found !== undefined && !('standIns' in found)) return found.value
    const answer = await this.#got(engine, { key, options, missed: found })
    return answer?.entry?.value
  }

  async getDetailed(key: string, options: ReadOptions | undefined): Promise<Detailed<unknown>> {
    const parts = this.#parts
    parts.assertOpen()
    const engine = parts.engine ?? (await parts.started)
    const found = this.look(engine, key, options)
    const now = parts.clock.now()
    if (found !== undefined && !('standIns' in found)) return detailedHit(found, parts.tierNames[0], now)
    const answer = await this.#got(engine, { key, options, missed: found })
    return answer ? detailed(answer, parts.clock.now()) : absent
  }

  /** Those that are there, in the order of the keys. */
  async getMany(
    keys: readonly string[],
    options: ReadOptions | undefined,
  ): Promise<ReadonlyMap<string, unknown>> {
    const parts = this.#parts
    parts.assertOpen()
    const wanted = [...new Set(checkNames('keys', keys))]
    const engine = parts.engine ?? (await parts.started)
    const values = await inSlices(wanted, async key => {
      const found = this.look(engine, key, options)
      if (found !== undefined && !('standIns' in found)) return found.value
      const answer = await this.#got(engine, { key, options, missed: found })
      return answer?.entry?.value
    })
    const found = new Map<string, unknown>()
    for (const [at, key] of wanted.entries()) if (values[at] !== undefined) found.set(key, values[at])
    return found
  }

  settings(options: LoadOptions | undefined): LoadSettings {
    const { settings, tierNames } = this.#parts
    return withDefaults(loadSettings('getOrSet', options, tierNames), settings.defaults)
  }

  /** By the engine, and counted. */
  async ask(engine: Engine, { key, load, settings, missed, onWait }: Ask): Promise<Answer> {
    const { counts, closing, isDue, loads } = this.#parts
    const { tags, softMs, hardMs = loadDefaults.hardMs, signal, after, tiers, fresh } = settings
    const { refreshAfter, earlyRefresh } = settings
    const refreshes = refreshAfter !== undefined || earlyRefresh !== undefined
    const due = (entry: Entry) => !loads.isThrottled(key) && isDue(key, entry, { refreshAfter, earlyRefresh })
    const answer = await closing.orClosed(
      engine.getOrSet(key, load, {
        ...(tags && { tags }),
        ...(missed && { missed }),
        // What is only held is not what was asked for.
        ...(softMs !== undefined && !fresh && { softMs }),
        ...(Number.isFinite(hardMs) && { hardMs }),
        ...(refreshes && { isDue: due }),
        ...(signal && { signal }),
        ...(after && { after }),
        ...(tiers && { tiers }),
        ...(fresh && { fresh }),
        ...(onWait && { onWait }),
      }),
    )
    if (answer.stale !== undefined) counts.stale(answer.stale)
    return answer
  }

  /** What memory has, without waiting. A request is counted. */
  look(engine: Engine, key: string, options: LoadOptions | undefined): Entry | Missed | undefined {
    const { counts, tiers, tierNames, auditor } = this.#parts
    counts.requests += 1
    const isSample = this.#hits.sample(key)
    const first = tiers[0]?.counts
    checkKey(key)
    if (options !== undefined) checkOptionsObject('the read', options)
    if (!first?.local) return undefined
    let after: Stamp | undefined
    if (options !== undefined) {
      const { fresh, tiers: names } = options
      const memory = tierNames[0] ?? ''
      if (fresh || (names && !checkTierNames(names, tierNames).includes(memory))) return undefined
      after = options.after
    }
    const begun = first.begin(isSample)
    const found = engine.peek(key, after)
    if (found === undefined) return undefined
    if (!('standIns' in found)) {
      first.end('fresh', begun)
      auditor?.served(key, found)
    } else first.end(found.standIns.length === 0 ? 'miss' : 'stale', begun)
    return found
  }

  /** Options are read on a hit only as far as this takes. */
  isDue(key: string, entry: Entry, options: LoadOptions | undefined): boolean {
    const { defaults } = this.#parts.settings
    const refreshAfter = options?.refreshAfter ?? defaults.refreshAfter
    const earlyRefresh = options?.earlyRefresh ?? defaults.earlyRefresh
    if (refreshAfter === undefined && earlyRefresh === undefined) return false
    if (this.#parts.loads.isThrottled(key)) return false
    return this.#parts.isDue(key, entry, { refreshAfter, earlyRefresh })
  }

  /** Done, or given up. Nobody waits for it. */
  renew(engine: Engine, { key, load, settings }: Renewal, found: Entry): Promise<void> {
    const { tiers } = settings
    const isDue = (entry: Entry) => entry.createdAt <= found.createdAt
    return engine.refresh(key, load, found, { isDue, ...(tiers && { tiers }) })
  }

  /** A caller who has its value is not troubled with what is wrong with the rest. */
  #refresh(engine: Engine, request: Omit<Request, 'missed'>, found: Entry): void {
    try {
      void this.renew(engine, this.#asLoad(request), found)
    } catch {
      // Whoever has to wait for a load is told.
    }
  }

  #loaded(engine: Engine, { missed, ...request }: Request): Promise<Answer> {
    return this.ask(engine, { ...this.#asLoad(request), missed })
  }

  /** @throws InvalidArgumentError, InvalidOptionError */
  #asLoad({ key, load, options }: Omit<Request, 'missed'>): Renewal {
    if (typeof load !== 'function') throw new InvalidArgumentError('load', 'a function', load)
    const settings = this.settings(options)
    return { key, load: this.#parts.loads.engineLoad({ key, load, settings }), settings }
  }

  async #got(engine: Engine, { key, options, missed }: Omit<Request, 'load'>): Promise<Answer | undefined> {
    const { counts, closing, tierNames } = this.#parts
    const asked = engine.get(key, { missed, ...readSettings(options, tierNames) })
    const answer = await closing.orClosed(asked)
    if (answer?.stale !== undefined) counts.stale(answer.stale)
    return answer
  }
}

interface Request {
  readonly key: string
  readonly load: Loader<unknown>
  readonly options: LoadOptions | undefined
  readonly missed: Missed | undefined
}
