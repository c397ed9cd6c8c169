import { afterEach, describe, expect, it } from '@jest/globals'
import { fileRedis } from './file-redis.ts'
import { underWatch } from './watch.ts'

const file = fileRedis()
afterEach(async () => {
  file.proxy.heal()
  await file.proxy.accept()
})

const options = () => {
  const url = file.proxy.url(file.redis.url)
  return { sources: [{ url }, { url }], secrets: file.secrets, beginsDown: true }
}

describe('R15 First connect fails', () => {
  it('refused: the service starts, loads for itself, and Redis joins later', async () => {
    await file.proxy.refuse()
    await underWatch(options(), async watch => {
      const down = await watch.more(200)
      expect(down.filter(({ name, outcome }) => name === 'read' && outcome !== 'ok')).toEqual([])
      expect(down.filter(({ name, outcome }) => name === 'get' && outcome === 'ok')).toEqual([])
      expect(watch.calls.errors).toContainEqual(expect.objectContaining({ reason: 'ECONNREFUSED' }))
      await file.proxy.accept()
      await watch.healed()
      await watch.more(100)
    })
  }, 60_000)

  it('silent: nobody waits for the greeting past a deadline', async () => {
    file.proxy.set({ dropped: true })
    await underWatch(options(), async watch => {
      const down = await watch.more(200)
      expect(down.filter(({ name, outcome }) => name === 'read' && outcome !== 'ok')).toEqual([])
      expect(down.filter(({ outcome }) => outcome === 'DEADLINE').length).toBeGreaterThan(0)
      file.proxy.heal()
      await watch.healed(12_000)
    })
  }, 60_000)

  it('greeted and dropped, again and again: it is not asked without pause', async () => {
    file.proxy.set({ limitBytes: 0 }, { direction: 'down' })
    await underWatch(options(), async watch => {
      let newest = 0
      const connections = async () => {
        newest = Math.max(newest, ...file.proxy.connections.map(({ id }) => id))
        return newest
      }
      const before = await connections()
      const begunAt = performance.now()
      while (performance.now() - begunAt < 2_000) {
        await watch.more(5)
        await connections()
      }
      // Two parties with three connections each (a bus subscribes only where it has connected): 50 ms apart, then twice that ...
      expect(newest - before).toBeLessThan(80)
      file.proxy.heal()
      await watch.healed()
    })
  }, 60_000)
})
