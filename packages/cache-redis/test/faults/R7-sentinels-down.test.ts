import { systemClock } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { fileSentinel } from './sentinel-group.ts'
import { underWatch } from './watch.ts'

const file = fileSentinel()

describe('R7 All Sentinels down, then up', () => {
  it('with them away all goes on; with the primary away as well nothing hangs; with them back all heals by itself', async () => {
    const { group } = file
    const options = { sources: [file.source(), file.source()], secrets: [group.password] }
    await underWatch(options, async watch => {
      await watch.more(60)
      const primary = await group.primary()
      for (const { port } of group.sentinels) await group.kill(port)
      const without = await watch.more(200)
      const codes = new Set(without.map(({ outcome }) => outcome))
      expect([...codes].filter(code => code !== 'ok' && code !== 'DEADLINE')).toEqual([])
      const from = systemClock.now()
      await group.kill(primary)
      await watch.more(60)
      await Promise.all(group.sentinels.map(({ port }) => group.restart(port)))
      expect(await group.primary()).not.toBe(primary)
      expect(watch.since(from).filter(({ name, outcome }) => name === 'read' && outcome !== 'ok')).toEqual([])
      expect(watch.failures()).toBeGreaterThan(0)
      await watch.healed(20_000)
      watch.history.suspend({ from: from - watch.leaseMs, to: systemClock.now() + watch.leaseMs })
      await watch.more(60)
    })
  }, 120_000)
})
