import { describe, expect, it } from '@jest/globals'
import type { EngineOptions } from '../../src/coherence/index.ts'
import { engineOver } from '../support/engine-setup.ts'
import { HandBus } from '../support/hand-bus.ts'
import { ManualClock } from '../support/manual-clock.ts'

const dayMs = 86_400_000

describe('the options of an engine', () => {
  it.each<[string, readonly unknown[]]>([
    ['claimMs', [0, -1, dayMs + 1, Number.NaN, '3000']],
    ['longestLoadMs', [0, -1, dayMs + 1, Number.NaN, '3000']],
    ['pollMs', [0, -1, dayMs + 1, Number.NaN, '50']],
    ['retryMs', [0, -1, dayMs + 1, Number.NaN, '250']],
    ['waitMs', [-1, dayMs + 1, Number.NaN, '3000']],
    ['reissueMs', [-1, dayMs + 1, Number.NaN, '3000']],
    ['maxQueued', [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '10']],
    ['maxTags', [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '10']],
    ['whenCut', ['', 'Fresh', 'stale', true]],
  ])('are refused before it listens: %s of %j', async (option, bad) => {
    for (const value of bad) {
      const bus = new HandBus(new ManualClock())
      const options = { bus, [option]: value } as Partial<EngineOptions>
      await expect(engineOver(options)).rejects.toMatchObject({ code: 'INVALID_OPTION', option })
      expect([bus.listeners.size, bus.watchers.size]).toEqual([0, 0])
    }
  })

  it.each<Partial<EngineOptions>>([
    { claimMs: 1, longestLoadMs: 1, pollMs: 1, retryMs: 1, waitMs: 0, reissueMs: 0 },
    { claimMs: dayMs, longestLoadMs: dayMs, pollMs: dayMs, retryMs: dayMs, waitMs: dayMs, reissueMs: dayMs },
    { maxQueued: 1, maxTags: 1, whenCut: 'fresh' },
    { whenCut: 'serve' },
  ])('may be at their bounds: %j', async options => {
    const { bus } = await engineOver(options)
    expect(bus.listeners.size).toBe(1)
  })
})
