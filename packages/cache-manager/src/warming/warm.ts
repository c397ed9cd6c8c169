/**
 * Asks for keys ahead of their callers. Some keys at once, so that a tier sends its questions together, and fewer loads at
 * once, so that the source behind is not stampeded. A source is read no faster than it is used.
 */
import {
  type Clock,
  checkFunction,
  checkInteger,
  checkKey,
  checkOptions,
  InvalidArgumentError,
  notify,
  parseDuration,
} from '@greenlang/core'
import { checkSource } from '../arguments.ts'
import type { CacheMethods } from '../cache-types.ts'
import { checkSignal } from '../load-settings.ts'
import { SourceReader, type WarmSource } from './source-reader.ts'
import type { WarmEntry, WarmItem, WarmOptions, WarmProgress, WarmReport } from './warm-types.ts'

/** What is warmed. */
export type Warmed = Pick<CacheMethods, 'getMany' | 'getOrSet'>

/** Of the deadline: how long it waits for tiers that do not answer yet. */
const shareForReadiness = 0.5
/** Batches between two reports. */
const batchesPerReport = 16
const optionNames = ['deadline', 'concurrency', 'loadsAtOnce', 'load', 'signal', 'onProgress']

interface Settings {
  readonly deadlineMs: number
  readonly concurrency: number
  readonly loadsAtOnce: number
  readonly load: WarmOptions['load']
  readonly signal: AbortSignal | undefined
  readonly onProgress: WarmOptions['onProgress']
}

/** @throws InvalidOptionError for a bad option. */
export function checkWarmOptions(options: WarmOptions): Settings {
  checkOptions('warm', options, optionNames)
  const { deadline = '5s', concurrency = 64, loadsAtOnce = 8, load, signal, onProgress } = options
  return {
    deadlineMs: parseDuration('deadline', deadline),
    concurrency: checkInteger('concurrency', concurrency, 1),
    loadsAtOnce: checkInteger('loadsAtOnce', loadsAtOnce, 1),
    load: load === undefined ? undefined : checkFunction('load', load),
    signal: signal === undefined ? undefined : checkSignal(signal),
    onProgress: onProgress === undefined ? undefined : checkFunction('onProgress', onProgress),
  }
}

export interface WarmCompany {
  readonly settings: Settings
  readonly clock: Clock
  /** Resolves once it is worth asking, or as the signal aborts. Default: at once. */
  readonly ready?: (signal: AbortSignal) => Promise<void>
  /** Ends it, as the caller's own signal does. Default: nothing. */
  readonly closing?: AbortSignal
  /** Whether `onProgress` is told the end too. Default `false`. */
  readonly tellsEnd?: boolean
}

/** Never rejects for a key; rejects with what the source threw. */
export async function warm(
  cache: Warmed,
  source: WarmSource,
  { settings, clock, ready, closing, tellsEnd = false }: WarmCompany,
): Promise<WarmReport> {
  const run = new WarmRun(cache, settings, checkSource(source))
  const begun = clock.now()
  const over = new AbortController()
  const late = clock.sleep(settings.deadlineMs, { signal: over.signal, ref: false }).then(
    () => run.stop(),
    () => undefined,
  )
  const stop = () => run.stop()
  const signals = [settings.signal, closing].filter(signal => signal !== undefined)
  for (const signal of signals) {
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  }
  const patience = new AbortController()
  try {
    const waitMs = settings.deadlineMs * shareForReadiness
    const impatient = clock.sleep(waitMs, { signal: over.signal, ref: false }).then(
      () => patience.abort(),
      () => undefined,
    )
    if (ready) await Promise.race([ready(patience.signal), impatient, run.stopped])
    const all = run.all()
    all.catch(() => undefined)
    await Promise.race([all, late, run.stopped])
  } finally {
    over.abort()
    patience.abort()
    for (const signal of signals) signal.removeEventListener('abort', stop)
    run.stop()
    if (tellsEnd) run.tell()
  }
  return { ...run.progress(), done: run.done, durationMs: clock.now() - begun }
}

class WarmRun {
  /** Resolves as it is stopped. */
  readonly stopped: Promise<void>
  done = false
  readonly #cache: Warmed
  readonly #settings: Settings
  readonly #source: SourceReader
  #isStopped = false
  #resolve: () => void = () => undefined
  #asked = 0
  #warmed = 0
  #absent = 0
  #failed = 0
  #batches = 0
  #told = 0

  constructor(cache: Warmed, settings: Settings, source: WarmSource) {
    this.#cache = cache
    this.#settings = settings
    this.stopped = new Promise(resolve => {
      this.#resolve = resolve
    })
    this.#source = new SourceReader(source, this.stopped)
  }

  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#resolve()
    this.#source.end()
  }

  progress(): WarmProgress {
    return { asked: this.#asked, warmed: this.#warmed, absent: this.#absent, failed: this.#failed }
  }

  /** How far it is, unless that was said. */
  tell(): void {
    if (this.#told === this.#asked) return
    this.#told = this.#asked
    notify(this.#settings.onProgress, this.progress())
  }

  async all(): Promise<void> {
    const most = this.#settings.concurrency * batchesRead
    while (!this.#isStopped) {
      const items = await this.#source.read(most)
      if (this.#isStopped) return
      if (items.length === 0) break
      await this.#inOrder(items.map(checkItem))
    }
    if (!this.#isStopped) this.done = true
  }

  async #inOrder(items: readonly WarmEntry[]): Promise<void> {
    const { concurrency } = this.#settings
    const sorted = [...items].sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0))
    for (let at = 0; at < sorted.length && !this.#isStopped; at += concurrency) {
      await this.#batch(sorted.slice(at, at + concurrency))
      this.#batches += 1
      if (this.#batches % batchesPerReport === 0) this.tell()
    }
  }

  async #batch(items: readonly WarmEntry[]): Promise<void> {
    this.#asked += items.length
    const found = await this.#cache.getMany(items.map(({ key }) => key))
    const missing: WarmEntry[] = []
    for (const item of items) {
      if (found.has(item.key)) this.#warmed += 1
      else if (item.load ?? this.#settings.load) missing.push(item)
      else this.#absent += 1
    }
    const { loadsAtOnce } = this.#settings
    for (let at = 0; at < missing.length && !this.#isStopped; at += loadsAtOnce)
      await Promise.all(missing.slice(at, at + loadsAtOnce).map(item => this.#load(item)))
  }

  async #load({ key, load, priority, ...options }: WarmEntry): Promise<void> {
    const { load: loadOfAll } = this.#settings
    try {
      const value = await this.#cache.getOrSet(key, load ?? (() => loadOfAll?.(key)), options)
      if (value === undefined) this.#absent += 1
      else this.#warmed += 1
    } catch {
      this.#failed += 1
    }
  }
}

/** Of `concurrency` keys each: what is sorted by priority at once. */
const batchesRead = 64

function checkItem(item: WarmItem): WarmEntry {
  if (typeof item === 'string') return { key: item }
  if (typeof item !== 'object' || item === null)
    throw new InvalidArgumentError('source', 'of keys, or of objects with a key', item)
  checkKey(item.key)
  return item
}
