import { systemClock } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import type { Call } from './calls.ts'
import { fileRedis } from './file-redis.ts'
import { underWatch } from './watch.ts'

const file = fileRedis()
const named = (calls: readonly Call[], name: string) => calls.filter(call => call.name === name)
/** The one that a share of them are faster than. */
const quantile = (calls: readonly Call[], share: number) =>
  calls.map(({ tookMs }) => tookMs).sort((a, b) => a - b)[Math.floor(calls.length * share)] ?? 0

describe('R1 Redis killed', () => {
  it('memory and loaders go on serving, the tier refuses at once, and all heals', async () => {
    await underWatch({ sources: file.sources(), secrets: file.secrets }, async watch => {
      await watch.more(100)
      await file.redis.kill()
      const killedAt = systemClock.now()
      await watch.more(400)
      const down = watch.since(killedAt)
      expect(named(down, 'read').filter(({ outcome }) => outcome !== 'ok')).toEqual([])
      expect(named(down, 'get').filter(({ outcome }) => outcome === 'ok')).toEqual([])
      expect(watch.parties.map(({ states }) => states.includes('open'))).toEqual([true, true])
      const refused = down.filter(({ outcome }) => outcome === 'CIRCUIT_OPEN')
      expect(refused.length).toBeGreaterThan(50)
      expect(quantile(refused, 0.5)).toBeLessThan(5)
      // Half of the reads cost no more than a load and what refusing costs.
      expect(quantile(named(down, 'read'), 0.5)).toBeLessThan(50)
      expect(watch.failures()).toBeGreaterThan(100)
      await file.redis.restart()
      await watch.healed()
      await watch.more(100)
    })
  }, 60_000)
})
