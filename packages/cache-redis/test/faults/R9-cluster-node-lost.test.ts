import { redisTier } from '@greenlang/cache-redis'
import { createEntry, systemClock } from '@greenlang/core'
import { afterEach, describe, expect, it } from '@jest/globals'
import { redisKey } from '../../src/tier/keys.ts'
import { ownPrefix, until } from '../support.ts'
import { fileCluster } from './cluster-group.ts'
import { underWatch } from './watch.ts'

const file = fileCluster()
afterEach(() => file.restore(), 60_000)

const options = () => ({ sources: [file.source(), file.source()], secrets: [file.cluster.password] })

describe('R9 Cluster primary lost', () => {
  it.each([
    ['killed', (port: number) => file.cluster.kill(port)],
    ['paused', async (port: number) => file.pause(port)],
  ])(
    '%s, with the record and the subscription of the bus: no invalidation is lost after it healed',
    async (_, harm) => {
      await underWatch(options(), async watch => {
        const { load, parties, prefix, leaseMs } = watch
        await watch.more(100)
        const record = `${prefix}v1{bus}h`
        const before = await file.ownerOf(record)
        const from = systemClock.now()
        await harm(before)
        await until(async () => (await file.ownerOf(record)) !== before, 'a replica was promoted')
        expect(watch.since(from).filter(({ name, outcome }) => name === 'read' && outcome !== 'ok')).toEqual(
          [],
        )
        await watch.healed(20_000)
        watch.history.suspend({ from: from - leaseMs, to: systemClock.now() + leaseMs })
        const [reader, writer] = parties
        const [key = ''] = load.keys
        await load.read(reader, 0, { key })
        const heard: unknown[] = []
        const forget = reader.bus.subscribe(frame => heard.push(frame.invalidation))
        expect(await load.write(writer, 1, key)).toBe(true)
        await until(async () => JSON.stringify(heard).includes(key), 'the reader heard of it')
        forget()
        expect(watch.failures()).toBeGreaterThan(0)
        await watch.more(100)
      })
    },
    120_000,
  )

  it('paused, and it is the one whose clock counts: who starts meanwhile waits for no other key past the deadline', async () => {
    const prefix = ownPrefix()
    const entry = createEntry('value', { ttl: '5m' })
    const clock = await file.ownerOf(redisKey(prefix, ''))
    const keys: string[] = []
    for (let at = 0; keys.length < 5; at += 1)
      if ((await file.ownerOf(redisKey(prefix, `${at}`))) !== clock) keys.push(`${at}`)
    const first = redisTier({ ...file.source(), prefix, deadline: '2s' })
    await first.setMany(new Map(keys.map(key => [key, entry])))
    await first.close()
    file.pause(clock)
    const tier = redisTier({ ...file.source(), prefix, deadline: 150 })
    try {
      const outcomes: string[] = []
      const took: number[] = []
      for (const key of keys) {
        const begunAt = systemClock.now()
        outcomes.push(
          await tier.get(key).then(
            () => 'ok',
            error => String(error.code),
          ),
        )
        took.push(Math.round(systemClock.now() - begunAt))
      }
      expect({ outcomes, late: took.filter(ms => ms > 450) }).toEqual({ outcomes, late: [] })
    } finally {
      await tier.close()
    }
  }, 120_000)
})
