/** A caller's loader as the engine runs it: counted, told what it would replace, and ended with the cache. */
import type { Clock } from '@greenlang/core'
import type { Load, Loaded } from '@greenlang/core/coherence'
import type { AnalyticsCounts } from './analytics.ts'
import type { Background } from './background.ts'
import type { Loader } from './cache-types.ts'
import type { Closing } from './closing.ts'
import type { EntrySettings } from './entry-settings.ts'

export interface LoadsOptions {
  readonly closing: Closing
  readonly background: Background
  readonly counts: AnalyticsCounts
  readonly clock: Clock
}

/**
 * Where a load finds nothing, a stale value goes too: grace must not bring it back. An entry that says so takes its place
 * for this long (ms), past all fences that a value passes.
 */
const absentForMs = 1

export function engineLoad(options: LoadsOptions, load: Loader<unknown>, settings: EntrySettings): Load {
  return ({ standIn }) => {
    const loading = run(options, () => load({ stale: standIn, signal: options.closing.signal }))
    const loaded = loading.then((value): Loaded => {
      if (value !== undefined || standIn === undefined) return { value, options: settings }
      return { value, options: settings, negativeTtlMs: absentForMs }
    })
    // Ends at once as the cache closes; the release of its lease is then under way.
    options.background.track(loaded)
    return loaded
  }
}

async function run({ closing, counts, clock }: LoadsOptions, load: () => unknown): Promise<unknown> {
  closing.signal.throwIfAborted()
  const begun = clock.now()
  try {
    const value = await closing.orClosed(call(load))
    counts.load(value === undefined ? 'absent' : 'found', clock.now() - begun)
    return value
  } catch (error) {
    if (!closing.signal.aborted) counts.load('failed', clock.now() - begun)
    throw error
  }
}

async function call(load: () => unknown): Promise<unknown> {
  return load()
}
