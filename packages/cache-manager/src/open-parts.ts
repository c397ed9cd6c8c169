/** What a cache is put together from. */
import { setImmediate } from 'node:timers/promises'
import type { Engine } from '@greenlang/core/coherence'
import { memoryBus } from '@greenlang/invalidation'
import { adviceOn } from './advice.ts'
import { createAnalytics } from './analytics.ts'
import { Auditor } from './auditor.ts'
import { createBackground } from './background.ts'
import type { CacheParts } from './cache-parts.ts'
import { createClosing } from './closing.ts'
import { createEmitter } from './emitter.ts'
import { openEngine } from './engine.ts'
import { Loads } from './loads.ts'
import type { CacheSettings } from './options.ts'
import { createReach } from './reach.ts'
import { createDue } from './refresh-due.ts'
import { steadyBus } from './steady-bus.ts'
import { openTiers } from './tiers.ts'
import { clearTiers } from './writes.ts'

export interface OpenParts {
  readonly parts: CacheParts
  readonly closeBus: () => Promise<void>
}

export function openParts(settings: CacheSettings, assertOpen: () => void): OpenParts {
  const { name, clock, latency, maxTags, keepOpen, observer, waitUntil, audit } = settings
  const closing = createClosing(`cache "${name}"`)
  const emitter = createEmitter(name, observer)
  const background = createBackground(waitUntil)
  const reach = createReach()
  const counts = createAnalytics(emitter, latency())
  const random = Math.random
  const loads = new Loads({ closing, counts, clock, random, limits: settings.loads })
  const given = settings.bus ?? memoryBus({ clock, maxTags })
  const bus = steadyBus(given, clock)
  const closeBus = async () => {
    await bus.close()
    if (!keepOpen || settings.bus === undefined) await given.close()
  }
  const tiers = openTiers(settings, { emitter, background, reach, ownHistory: bus.ownHistory })
  const started = open(settings, { tiers, bus, counts, closing, background })
  const parts: CacheParts = {
    settings,
    clock,
    emitter,
    counts,
    background,
    closing,
    reach,
    loads,
    isDue: createDue({ clock, times: loads.times, random }),
    tiers,
    tierNames: tiers.map(tier => tier.name),
    bus,
    isUnheard: settings.bus === undefined && settings.tiers.some(({ scope }) => scope === 'shared'),
    auditor: audit && new Auditor({ ...audit, clock, background, emitter, tiers }),
    started,
    opening: heard(started),
    engine: undefined,
    assertOpen,
  }
  // It looks for reads that miss what is written here and elsewhere.
  parts.auditor?.listen(bus, closing.signal)
  // A failure is told to each who calls.
  parts.opening.then(
    engine => {
      parts.engine = engine
    },
    () => undefined,
  )
  for (const { code, message } of adviceOn(settings)) emitter.emit({ type: 'advice', code, message })
  return { parts, closeBus }
}

type Opening = Pick<CacheParts, 'tiers' | 'bus' | 'counts' | 'closing' | 'background'>

async function open(
  { clock, maxTags, whenCut }: CacheSettings,
  { tiers, bus, counts, closing, background }: Opening,
): Promise<Engine> {
  // What others cleared nobody would be given: the room is freed.
  const onClear = () => void clearTiers(tiers.filter(({ tier }) => tier.scope === 'process'))
  // A tier that hangs holds up nobody who closes the cache; in a turn its end has begun to give back what it held.
  const onWork = (work: Promise<void>) => background.track(closing.orClosed(work).catch(() => setImmediate()))
  return openEngine({ tiers, bus, clock, maxTags, whenCut, counts, onClear, onWork })
}

async function heard(started: Promise<Engine>): Promise<Engine> {
  const engine = await started
  await engine.heard()
  return engine
}
