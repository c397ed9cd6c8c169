import type { Frame } from '@greenlang/core'
import { createEntry, systemClock } from '@greenlang/core'
import { afterEach, describe, expect, it } from '@jest/globals'
import { until } from '../support.ts'
import { fileRedis, subscriber } from './file-redis.ts'
import { underWatch } from './watch.ts'

const file = fileRedis()
afterEach(() => file.proxy.heal())
const options = () => ({ sources: file.sources(), secrets: file.secrets })

describe('R10 Subscriber lost, connection of the commands alive', () => {
  it('by CLIENT KILL, again and again, misses no invalidation past the lease', async () => {
    await underWatch(options(), async watch => {
      for (let round = 0; round < 3; round += 1) {
        await watch.more(40)
        const killedAt = systemClock.now()
        expect(Number(await file.redis.ask('CLIENT', 'KILL', 'TYPE', 'pubsub'))).toBeGreaterThanOrEqual(2)
        await watch.healed()
        // A busy machine may take longer than the deadline; of the commands nothing else is amiss.
        const outcomes = new Set(watch.since(killedAt).map(({ outcome }) => outcome))
        expect([...outcomes].filter(outcome => outcome !== 'ok' && outcome !== 'DEADLINE')).toEqual([])
      }
    })
  }, 60_000)

  it('in silence: memory is bypassed past the lease, and nothing of it is served before what was missed is here', async () => {
    await underWatch({ ...options(), everyMs: 0 }, async ({ parties, load, leaseMs, healed }) => {
      const [deaf, writer] = parties
      const [key = ''] = load.keys
      const read = () => load.read(deaf, 0, { key })
      await read()
      expect(deaf.engine.peek(key)).toHaveProperty('value')
      file.proxy.set({ dropped: true }, { label: subscriber, direction: 'down' })
      const deafSince = systemClock.now()
      await until(async () => systemClock.now() - deafSince > leaseMs * 2, 'the lease is over')
      expect(deaf.plain.stats().circuit).toBe('closed')
      // The copy is as old as the silence now: it is not served by itself.
      expect(deaf.engine.peek(key)).not.toHaveProperty('value')
      const before = await deaf.memory.get(key)
      expect(await load.write(writer, 1, key)).toBe(true)
      expect(await read()).toMatchObject({ source: 'load', value: { number: 2 } })
      // As if it had been read before the silence.
      await deaf.memory.set(key, { ...(before ?? createEntry('')), checkedAt: deafSince })
      const heard: unknown[] = []
      const forget = deaf.bus.subscribe(frame => heard.push(frame))
      file.proxy.heal()
      await until(async () => {
        const peeked = deaf.engine.peek(key)
        if (heard.length > 0) return true
        expect(peeked).not.toHaveProperty('value')
        return false
      }, 'what was missed was replayed')
      forget()
      expect((await read())?.value.number).toBe(2)
      await healed()
    })
  }, 60_000)

  it('for one message only: the gap is seen and filled', async () => {
    await underWatch({ ...options(), everyMs: 0 }, async ({ parties, load }) => {
      const [deaf, writer] = parties
      const [first = '', , second = '', , third = ''] = load.keys
      for (const key of [first, second, third]) await load.read(deaf, 0, { key })
      const frames: Frame[] = []
      deaf.bus.subscribe(frame => frames.push(frame))
      file.proxy.set({ dropped: true }, { label: subscriber, direction: 'down' })
      const lost = () => file.proxy.connections.find(({ label }) => label === subscriber)?.down.bytesIn ?? 0
      const before = lost()
      expect(await load.write(writer, 1, first)).toBe(true)
      await until(async () => lost() > before + first.length, 'the message was lost')
      expect(frames).toEqual([])
      file.proxy.heal()
      expect(await load.write(writer, 1, second)).toBe(true)
      expect(await load.write(writer, 1, third)).toBe(true)
      await until(async () => frames.length >= 3, 'all three were heard')
      // Those that were heard come at once: what they name is dropped, in whatever order.
      const sequences = frames.map(({ stamp }) => stamp.sequence).sort((a, b) => a - b)
      const { sequence } = writer.bus.sync().known
      expect(sequences).toEqual([sequence - 2, sequence - 1, sequence])
      expect(deaf.bus.sync().applied.sequence).toBe(sequence)
      for (const key of [first, second, third])
        expect((await load.read(deaf, 0, { key }))?.value.number).toBe(2)
    })
  }, 60_000)

  it('under load, deaf again and again, serves nothing older than the lease', async () => {
    await underWatch(options(), async watch => {
      for (let round = 0; round < 3; round += 1) {
        await watch.more(60)
        file.proxy.set({ dropped: true }, { label: subscriber, direction: 'down' })
        const deafSince = systemClock.now()
        await until(async () => systemClock.now() - deafSince > watch.leaseMs * 2, 'the lease is over')
        file.proxy.heal()
        await watch.healed()
      }
    })
  }, 60_000)
})
