/** What changes the cache: sets, claims, and what takes away. */
import {
  checkBoolean,
  checkInteger,
  checkKey,
  checkOneOf,
  checkOptions,
  createEntry,
  type EntryOptions,
  InvalidArgumentError,
  type Invalidation,
  type InvalidationMode,
  InvalidOptionError,
  type Published,
  type Stamp,
} from '@greenlang/core'
import type { Engine } from '@greenlang/core/coherence'
import { createResourceVersions } from '@greenlang/invalidation'
import { checkNames, checkTarget } from './arguments.ts'
import type { CacheParts } from './cache-parts.ts'
import type {
  ClaimedSlot,
  InvalidateOptions,
  InvalidateTarget,
  InvalidationResult,
  SetOptions,
  SetResult,
} from './cache-types.ts'
import { type EntrySettings, entrySettings, withDefaults } from './entry-settings.ts'
import { inSlices } from './in-slices.ts'
import { checkTierNames } from './read-settings.ts'
import type { OpenTier } from './tiers.ts'

const nothingToDo: InvalidationResult = Object.freeze({ propagated: true, unreached: Object.freeze([]) })

export class Writes {
  readonly #parts: CacheParts
  readonly #versions = createResourceVersions()

  constructor(parts: CacheParts) {
    this.#parts = parts
  }

  async set(key: string, value: unknown, options: SetOptions | undefined): Promise<SetResult> {
    this.#parts.assertOpen()
    checkKey(key)
    const settings = this.#settings(options)
    createEntry(value, entryOf(settings))
    // What failed before says nothing of it.
    this.#parts.loads.forget(key)
    const { background, ...kept } = settings
    if (!background) return this.#told(await this.#tracked(engine => engine.set(key, value, kept)))
    await this.#parts.opening
    this.#tracked(engine => engine.set(key, value, { ...kept, early: true })).catch(() => undefined)
    return { stored: true, propagated: false }
  }

  async setMany(values: ReadonlyMap<string, unknown>, options: SetOptions | undefined): Promise<SetResult> {
    this.#parts.assertOpen()
    const { background, ...settings } = this.#settings(options)
    const entries = checkEntries(values)
    if (settings.version !== undefined || background !== undefined)
      throw new InvalidArgumentError(
        'options',
        'without version and background, which are of one key',
        options,
      )
    for (const [, value] of entries) createEntry(value, entryOf(settings))
    for (const [key] of entries) this.#parts.loads.forget(key)
    return this.#tracked(async engine => {
      const results = await inSlices(entries, ([key, value]) => engine.set(key, value, settings))
      const stamp = lastOf(results.map(result => result.stamp))
      return this.#told({
        stored: results.every(({ stored }) => stored),
        propagated: results.every(({ propagated }) => propagated),
        ...(stamp && { stamp }),
      })
    })
  }

  async claim(key: string): Promise<ClaimedSlot<unknown>> {
    const parts = this.#parts
    parts.assertOpen()
    checkKey(key)
    const engine = parts.engine ?? (await parts.opening)
    const slot = await parts.closing.orClosed(engine.claim(key))
    if (slot.kind === 'found') return { kind: 'found', value: slot.entry.value }
    return {
      kind: slot.kind,
      set: async (value: unknown, options?: EntryOptions) => {
        parts.assertOpen()
        const settings = withDefaults(entrySettings('set', options), this.#defaults())
        createEntry(value, settings)
        return this.#tracked(() => slot.set(value, settings))
      },
      release: () => slot.release(),
    }
  }

  async delete(keys: readonly string[]): Promise<InvalidationResult> {
    this.#parts.assertOpen()
    return this.#removeKeys('delete', checkNames('keys', keys))
  }

  async invalidate(target: InvalidateTarget, options: InvalidateOptions = {}): Promise<InvalidationResult> {
    this.#parts.assertOpen()
    checkOptions('invalidate', options, ['mode', 'version'])
    const { mode = 'invalidate', version } = options
    checkOneOf('mode', mode, ['invalidate', 'delete'])
    const { kind, names } = checkTarget(target)
    if (version !== undefined) checkOneKey(kind === 'keys' ? names : [], version)
    switch (kind) {
      case 'keys':
        return this.#removeKeys(mode, names, version)
      case 'tags':
        return names.length === 0 ? nothingToDo : this.#publish('tags', { mode, tags: names })
      case 'pattern':
        return this.#publish('pattern', { mode, pattern: names })
      case 'version':
        if (!this.#versions.raise(names.of, names.is)) return nothingToDo
        return this.#publish('tags', { mode, tags: [names.of] })
    }
  }

  async clear(): Promise<InvalidationResult> {
    this.#parts.assertOpen()
    this.#parts.counts.invalidation('own', 'delete', 'all')
    const [published, unreached] = await this.#tracked(engine =>
      Promise.all([engine.invalidate({ mode: 'delete', all: true }), clearTiers(this.#parts.tiers)]),
    )
    return this.#result(published, unreached)
  }

  #settings(options: SetOptions | undefined): SetSettings {
    if (options === undefined) return this.#defaults()
    checkOptions('set', options, ['ttl', 'grace', 'tags', 'version', 'tiers', 'background'])
    const { version, tiers, background, ...entry } = options
    return {
      ...withDefaults(entrySettings('set', entry), this.#defaults()),
      ...(version !== undefined && { version: checkInteger('version', version, 0) }),
      ...(tiers !== undefined && { tiers: checkTierNames(tiers, this.#parts.tierNames) }),
      ...(background !== undefined && { background: checkBoolean('background', background) }),
    }
  }

  #defaults(): EntrySettings {
    return entryOf(this.#parts.settings.defaults)
  }

  async #removeKeys(
    mode: InvalidationMode,
    keys: readonly string[],
    version?: number,
  ): Promise<InvalidationResult> {
    if (keys.length === 0) return nothingToDo
    this.#parts.counts.invalidation('own', mode, 'keys')
    return this.#tracked(async engine => {
      const removal = this.#parts.reach.watch(keys)
      const versioned = version === undefined ? {} : { version }
      const published = await engine.invalidate({ mode, keys }, versioned)
      return this.#result(published, await removal.unreached())
    })
  }

  async #publish(kind: 'tags' | 'pattern', invalidation: Invalidation): Promise<InvalidationResult> {
    this.#parts.counts.invalidation('own', invalidation.mode, kind)
    return this.#tracked(async engine => this.#result(await engine.invalidate(invalidation), []))
  }

  #result(published: Published, unreached: readonly string[]): InvalidationResult {
    return { ...this.#told(published), unreached }
  }

  /** Where other processes share a tier and cannot hear the bus, they were not told. */
  #told<R extends { readonly propagated: boolean }>(result: R): R {
    return this.#parts.isUnheard ? { ...result, propagated: false } : result
  }

  /** Begins at once where the engine is there; `close` waits for it. */
  #tracked<T>(change: (engine: Engine) => Promise<T>): Promise<T> {
    const { engine, opening, background } = this.#parts
    const changed = engine ? change(engine) : opening.then(change)
    background.track(changed)
    return changed
  }
}

/** `undefined` where none misses nothing of the others: one was not sent, or the history changed meanwhile. */
function lastOf(stamps: readonly (Stamp | undefined)[]): Stamp | undefined {
  const last = stamps.reduce((a, b) => (a && b && b.sequence > a.sequence ? b : a), stamps[0])
  return stamps.every(stamp => stamp && stamp.history === last?.history) ? last : undefined
}

function checkOneKey(keys: readonly string[], version: number): void {
  checkInteger('version', version, 0)
  if (keys.length !== 1) throw new InvalidOptionError('version', 'given with one key only', version)
}

/** The names of those that could not be cleared. */
export async function clearTiers(tiers: readonly OpenTier[]): Promise<readonly string[]> {
  const cleared = tiers.map(async ({ tier }) => tier.clear())
  const outcomes = await Promise.allSettled(cleared)
  return tiers.filter((_, index) => outcomes[index]?.status === 'rejected').map(({ name }) => name)
}

interface SetSettings extends EntrySettings {
  readonly version?: number
  readonly tiers?: readonly string[]
  readonly background?: boolean
}

function entryOf({ ttl, grace, tags }: EntrySettings): EntrySettings {
  return {
    ...(ttl !== undefined && { ttl }),
    ...(grace !== undefined && { grace }),
    ...(tags !== undefined && { tags }),
  }
}

function checkEntries(values: ReadonlyMap<string, unknown>): readonly (readonly [string, unknown])[] {
  if (typeof values?.entries !== 'function')
    throw new InvalidArgumentError('values', 'a Map of keys and values', values)
  const entries = [...values.entries()]
  for (const [key] of entries) checkKey(key)
  return entries
}
