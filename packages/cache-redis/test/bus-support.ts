import { randomBytes } from 'node:crypto'
import { type RedisBusOptions, redisBus } from '@greenlang/cache-redis'
import type { BusEvent, Frame, InvalidationBus } from '@greenlang/core'
import type { Standing } from '@greenlang/core/coherence'
import { testRedisUrl } from '@greenlang/servers'
import { checkRedisBusOptions, type RedisBusSettings } from '../src/bus/options.ts'
import { redisWire } from '../src/bus/redis-wire.ts'
import { until } from './support.ts'

/** As long as a machine under load needs. */
export const patient = '5s'

/** What a test opened, closed in the end. */
export function createOpened() {
  const opened: { close(): unknown }[] = []
  return {
    keep<T extends { close(): unknown }>(one: T): T {
      opened.push(one)
      return one
    },
    async close(): Promise<void> {
      for (const one of opened.splice(0)) await one.close()
    },
  }
}

export function openBus(options: Partial<RedisBusOptions> & { scope: string }) {
  return redisBus({ url: testRedisUrl(), deadline: patient, ...options } as RedisBusOptions)
}

/** A bus, with all that it tells. It has heard its first beat. */
export async function listeningBus(bus: InvalidationBus) {
  const frames: Frame[] = []
  const events: BusEvent[] = []
  bus.subscribe(frame => void frames.push(frame))
  bus.watch(event => void events.push(event))
  await until(async () => bus.sync().trustedSince > 0, 'the first beat came')
  events.length = 0
  return { bus, frames, events }
}

export const randomText = () => randomBytes(16).toString('base64url')

/** The calls to the record, without the session above them. */
export function openWire(settings: RedisBusSettings & { scope: string }) {
  const options = { url: testRedisUrl(), deadline: patient, ...settings } as RedisBusOptions
  return redisWire(checkRedisBusOptions(options), randomText())
}

export function standing(of: Partial<Standing> = {}): Standing {
  return { known: { history: '', sequence: 0 }, left: [], origin: 'o/', candidate: randomText(), ...of }
}

/** Its names in Redis. */
export const namesOf = (scope: string) => ({
  record: `${scope}v1{bus}h`,
  stream: `${scope}v1{bus}s`,
  frames: `${scope}v1{bus}f`,
})
