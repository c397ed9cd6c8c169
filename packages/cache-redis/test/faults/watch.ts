/**
 * A fault under watch. Two parties, each a tier by itself and a cache of memory, tier, bus and engine, are kept busy while
 * the test does harm; whatever it does, the invariants of every fault are held in the end:
 *
 * - I1 each call took its deadline at the longest, with twice the lag of the loop and what a busy machine adds
 * - I2 each value was whole and of its key; I3 is held by jest, which fails a test with an unhandled error
 * - I4 no call, timer or socket is left; I5 one loader ran for a key in a party, unless its caller could not
 *   be told that a flight under way had missed nothing
 * - I6 no read was older than the lease allows; I7 `healed` finds all at work in time, with closed circuits
 * - I8 the counts are what was seen; I9 no error tells a password, key or value
 */
import { randomBytes } from 'node:crypto'
import { createEntry, systemClock } from '@greenlang/core'
import { createHistory, describeViolation, type History, seededRandom } from '@greenlang/testkit'
import { expect } from '@jest/globals'
import type { RedisSourceOptions } from '../../src/connect/source-options.ts'
import { until } from '../support.ts'
import { type Call, type Calls, recordCalls } from './calls.ts'
import { type CoherentLoad, coherentLoad } from './coherent-load.ts'
import { expectNoSecrets, watchResources } from './leftovers.ts'
import { openParty, type Party } from './party.ts'
import { type PlainLoad, plainLoad } from './plain-load.ts'
import { untilNone } from './until-none.ts'

export interface WatchOptions {
  /** How each party reaches Redis. */
  readonly sources: readonly RedisSourceOptions[]
  /** What no error may tell, beside keys and values. */
  readonly secrets: readonly string[]
  readonly deadlineMs?: number
  readonly openForMs?: number
  readonly leaseMs?: number
  readonly minReplicas?: number
  /** Between two steps of a party; none at 0. */
  readonly everyMs?: number
  /** Whether the fault is there before the parties are. */
  readonly beginsDown?: boolean
}

export interface Watch {
  readonly prefix: string
  readonly parties: readonly [Party, Party]
  readonly calls: Calls
  readonly load: CoherentLoad
  readonly history: History
  readonly leaseMs: number
  /** Calls that began since. */
  since(startedAt: number): readonly Call[]
  /** Waits until so many calls have begun and ended from now on; gives those. */
  more(calls: number): Promise<readonly Call[]>
  /** To be called once the fault is over: all works again, within so long. Gives how long it took, in ms. */
  healed(withinMs?: number): Promise<number>
  /** Calls that failed for Redis, bus included. */
  failures(): number
}

const seed = Number(process.env.SEED ?? randomBytes(4).readUInt32BE())

export async function underWatch(options: WatchOptions, scenario: (watch: Watch) => Promise<void>) {
  const noneLeft = watchResources()
  const subject = await begin(options)
  try {
    if (!options.beginsDown) await subject.watch.healed()
    subject.start()
    await scenario(subject.watch)
    await subject.rest()
  } catch (error) {
    throw Object.assign(error as Error, { message: `seed ${seed}: ${(error as Error).message}` })
  } finally {
    await subject.close()
  }
  await noneLeft()
  subject.judge()
}

async function begin(options: WatchOptions) {
  const { sources, secrets, deadlineMs = 150, openForMs = 200, leaseMs = 400, everyMs = 20 } = options
  const { minReplicas = 0 } = options
  const planted = {
    key: `key-${randomBytes(6).toString('hex')}`,
    value: `value-${randomBytes(6).toString('hex')}`,
  }
  const prefix = `test-${process.pid}-${randomBytes(4).toString('hex')}:`
  const errors: unknown[] = []
  const faults: string[] = []
  const fault = (text: string) => void faults.push(text)
  const onError = (error: unknown) => void errors.push(error)
  const calls = recordCalls()
  const history = createHistory({ boundMs: leaseMs + deadlineMs + 100 })
  const random = seededRandom(seed)
  const open = (source: RedisSourceOptions) =>
    openParty({ source, prefix, deadlineMs, openForMs, leaseMs, minReplicas, onError })
  const parties = (await Promise.all(sources.map(open))) as unknown as readonly [Party, Party]
  const common = { calls, deadlineMs, random, secrets: planted, fault }
  const load = coherentLoad({ ...common, history })
  const plain = parties.map((party, nth) => plainLoad({ ...common, party, nth }))
  const watch = watchOf({ prefix, parties, calls, load, history, leaseMs })
  let timer: ReturnType<typeof setInterval> | undefined
  return {
    watch,
    start() {
      if (everyMs > 0) timer = setInterval(() => step(parties, plain, load), everyMs)
    },
    /** Nothing is under way, and what is read last is true. */
    async rest() {
      clearInterval(timer)
      await until(async () => calls.pending === 0, 'every call has ended')
      await finalReads(watch)
    },
    async close() {
      clearInterval(timer)
      await Promise.all(parties.map(party => party.close()))
      calls.stop()
    },
    judge() {
      const report = history.check()
      expect({ seed, faults, stale: report.examples.map(describeViolation) }).toEqual({
        seed,
        faults: [],
        stale: [],
      })
      expect(calls.late()).toEqual([])
      for (const each of plain) each.check()
      expectNoSecrets([...errors, ...calls.errors], [...secrets, planted.key, planted.value])
    },
  }
}

function step(parties: readonly Party[], plain: readonly PlainLoad[], load: CoherentLoad): void {
  for (const [nth, party] of parties.entries()) {
    plain[nth]?.step()
    load.step(party, nth)
  }
}

function watchOf(parts: Pick<Watch, 'prefix' | 'parties' | 'calls' | 'load' | 'history' | 'leaseMs'>): Watch {
  const { parties, calls } = parts
  const since = (startedAt: number) => calls.ended.filter(call => call.startedAt >= startedAt)
  return {
    ...parts,
    since,
    async more(count) {
      const begunAt = systemClock.now()
      await until(async () => since(begunAt).length >= count, `${count} more calls have ended`)
      return since(begunAt)
    },
    async healed(withinMs = 9_000) {
      const begunAt = systemClock.now()
      const trouble = await untilNone(async () => {
        const troubles = await Promise.all(parties.map(party => troubleOf(party, begunAt)))
        return troubles.find(each => each !== '') ?? ''
      }, withinMs)
      expect(trouble).toBe('')
      return systemClock.now() - begunAt
    },
    failures: () =>
      parties.reduce(
        (sum, { plain, tier, bus }) =>
          sum + plain.stats().failures + tier.stats().failures + bus.traffic().failures,
        0,
      ),
  }
}

/** What of it does not work: both circuits are to be closed, the bus to be heard from, and nothing to wait to be told. */
async function troubleOf({ plain, tier, bus, engine }: Party, since: number): Promise<string> {
  const answers = await Promise.allSettled([tier.get('probe'), tier.set('probe', probe())])
  const failure = answers.find(answer => answer.status === 'rejected')
  if (failure) return `${failure.reason}: ${failure.reason.cause}`
  const circuits = [plain, tier].map(each => each.stats().circuit)
  if (circuits.some(circuit => circuit !== 'closed')) return `circuits are ${circuits}`
  if (bus.sync().trustedSince <= since)
    return `the bus was not heard for ${since - bus.sync().trustedSince} ms`
  return engine.queued === 0 ? '' : `${engine.queued} invalidations are queued`
}

const probe = () => createEntry('probe', { ttl: '1m' })

/** Once each party has heard of all that was written. */
async function finalReads({ parties, load }: Watch): Promise<void> {
  const restingSince = systemClock.now()
  const heard = ({ bus, engine }: Party) => bus.sync().trustedSince > restingSince && engine.queued === 0
  await until(async () => parties.every(heard), 'every party has heard of everything')
  for (const [nth, party] of parties.entries())
    for (const key of load.keys) await load.read(party, nth, { key, final: true })
}
