import { systemClock } from '@greenlang/core'
import { afterEach, describe, expect, it } from '@jest/globals'
import { askAt } from './own-redis.ts'
import { fileSentinel } from './sentinel-group.ts'
import { underWatch, type Watch } from './watch.ts'

const file = fileSentinel()
afterEach(() => file.restore(), 60_000)

const options = () => ({
  sources: [file.source(), file.source()],
  secrets: [file.group.password],
})

/** A failover may lose what the old primary alone had acknowledged: the promise is suspended until all have told it again. */
async function failOver(watch: Watch, harm: (port: number) => unknown): Promise<[number, number]> {
  const before = await file.group.primary()
  const from = systemClock.now()
  await harm(before)
  const after = await file.group.primary()
  expect(watch.since(from).filter(({ name, outcome }) => name === 'read' && outcome !== 'ok')).toEqual([])
  await watch.healed(15_000)
  watch.history.suspend({ from: from - watch.leaseMs, to: systemClock.now() + watch.leaseMs })
  return [before, after]
}

const keysAt = async (port: number, prefix: string) =>
  ((await askAt(file.urlOf(port), ['KEYS', `${prefix}*`])) as string[]).length

describe('R6 Sentinel failover', () => {
  it('after a kill: no call waits past its deadline, and writes go on at the next primary', async () => {
    await underWatch(options(), async watch => {
      await watch.more(100)
      const [before, after] = await failOver(watch, port => file.group.kill(port))
      expect(after).not.toBe(before)
      const acknowledged = await watch.load.write(watch.parties[0], 0, watch.load.keys[0] ?? '')
      expect(acknowledged).toBe(true)
      expect(await keysAt(after, watch.prefix)).toBeGreaterThan(0)
      expect(watch.failures()).toBeGreaterThan(0)
      await watch.more(100)
    })
  }, 90_000)

  it('after a pause: the old primary, awake again, is written to no more', async () => {
    await underWatch(options(), async watch => {
      await watch.more(100)
      const [before, after] = await failOver(watch, port => file.pause(port))
      expect(after).not.toBe(before)
      file.resume()
      // For some ten seconds it still says that it is the primary. What it was sent before it fell asleep, it does now.
      await watch.more(40)
      const scriptsRun = async () => {
        const stats = String(await askAt(file.urlOf(before), ['INFO', 'commandstats']))
        return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0)
      }
      const atRest = await scriptsRun()
      await watch.more(60)
      expect(await scriptsRun()).toBe(atRest)
      await watch.healed()
    })
  }, 90_000)
})
