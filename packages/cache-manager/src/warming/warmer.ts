/**
 * Warming by itself: as the cache opens, and on an interval. What is warmed are the keys of a list, and those that a tier
 * remembers as its hottest.
 */
import type { Clock } from '@greenlang/core'
import type { Emitter } from '../emitter.ts'
import type { OpenTier } from '../tiers.ts'
import { checkWarmOptions, type Warmed, warm } from './warm.ts'
import type { WarmItem, WarmProgress } from './warm-types.ts'
import type { WarmingSettings } from './warming-settings.ts'

export interface WarmerOptions {
  readonly cache: Warmed
  readonly settings: WarmingSettings
  readonly tiers: readonly OpenTier[]
  readonly clock: Clock
  readonly emitter: Emitter
  readonly signal: AbortSignal
  readonly ready: (signal: AbortSignal) => Promise<void>
}

/** What it uses of a tier that remembers how often its entries were read, as that of `cache-disk`. */
interface Remembering {
  topKeys(count: number): Promise<readonly { readonly key: string }[]>
}

/** Ends as the signal aborts; never rejects. */
export async function keepWarm(options: WarmerOptions): Promise<void> {
  const { settings, clock, signal } = options
  if (settings.onStart) await warmOnce(options)
  while (settings.everyMs !== undefined && !signal.aborted) {
    const slept = await clock.sleep(settings.everyMs, { signal, ref: false }).then(
      () => true,
      () => false,
    )
    if (slept) await warmOnce(options)
  }
}

async function warmOnce({
  cache,
  settings,
  tiers,
  clock,
  emitter,
  signal,
  ready,
}: WarmerOptions): Promise<void> {
  const begun = clock.now()
  let last: WarmProgress = { asked: 0, warmed: 0, absent: 0, failed: 0 }
  const tell = (progress: WarmProgress, done: boolean, error?: unknown) => {
    last = progress
    const { asked, warmed, absent, failed } = progress
    const failure = error === undefined ? {} : { error }
    const durationMs = clock.now() - begun
    emitter.emit({ type: 'warming', asked, warmed, absent, failed, done, durationMs, ...failure })
  }
  const { deadlineMs, concurrency, loadsAtOnce, load } = settings
  const warmSettings = checkWarmOptions({
    deadline: deadlineMs,
    concurrency,
    loadsAtOnce,
    ...(load && { load }),
    signal,
    onProgress: progress => tell(progress, false),
  })
  const source = itemsOf(settings, tiers)
  const warmed = warm(cache, source, { settings: warmSettings, clock, ready })
  await warmed.then(
    report => tell(report, true),
    error => tell(last, true, error),
  )
}

/** The list first: it was made by hand. */
async function* itemsOf(
  { items, hottest }: WarmingSettings,
  tiers: readonly OpenTier[],
): AsyncGenerator<WarmItem> {
  const listed = new Set<string>()
  for await (const item of typeof items === 'function' ? items() : items) {
    listed.add(typeof item === 'string' ? item : item.key)
    yield item
  }
  if (hottest === 0) return
  for (const { given } of tiers) {
    const { topKeys } = given as Partial<Remembering>
    if (typeof topKeys !== 'function') continue
    const keys = await topKeys.call(given, hottest).catch(() => [])
    for (const { key } of keys) if (!listed.has(key)) yield key
  }
}
