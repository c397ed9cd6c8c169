import { afterEach, describe, expect, it } from '@jest/globals'
import { slotOf } from '../../src/connect/slot.ts'
import { redisKey } from '../../src/tier/keys.ts'
import { fileCluster } from './cluster-group.ts'
import { underWatch } from './watch.ts'

// No failover is asked for, and a machine that stalls for a second is to bring none about: with a move it can lose a slot.
const file = fileCluster(10_000)
afterEach(() => file.restore(), 60_000)

describe('R8 Cluster resharded under load', () => {
  it('fails no call, of the tier or of the bus, and loses no invalidation', async () => {
    const { cluster } = file
    // Long: what is asked here is whether a call fails, not when.
    const options = {
      sources: [file.source(), file.source()],
      secrets: [cluster.password],
      deadlineMs: 2_000,
    }
    await underWatch(options, async watch => {
      await watch.more(100)
      const { prefix, load } = watch
      const names = load.keys.flatMap(key => [redisKey(prefix, key), redisKey(`${prefix}plain:`, key)])
      const slots = [...new Set([slotOf(`${prefix}v1{bus}h`), ...names.map(slotOf)])]
      const failures = () =>
        watch.parties.reduce(
          (sum, { plain, tier }) => sum + plain.stats().failures + tier.stats().failures,
          0,
        )
      const before = failures()
      const begunAt = watch.calls.ended.at(-1)?.startedAt ?? 0
      const primaries = [...new Set(await Promise.all(slots.map(slot => cluster.primaryOf(slot))))]
      for (const slot of slots.slice(0, 8)) {
        const from = await cluster.primaryOf(slot)
        await cluster.moveSlots([slot], from, primaries.find(port => port !== from) ?? from)
      }
      const moved = watch.since(begunAt)
      expect(moved.length).toBeGreaterThan(50)
      const failed = moved.filter(call => call.outcome !== 'ok')
      expect(failed.filter(call => !watch.calls.stalled(call))).toEqual([])
      // Beats are not counted: one that a move has taken away is followed by the next.
      if (failed.length === 0) expect(failures()).toBe(before)
      await watch.healed()
    })
  }, 120_000)
})
