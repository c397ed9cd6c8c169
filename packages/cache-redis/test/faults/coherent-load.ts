/**
 * What is asked of engines: a source of truth that never fails, readers and writers of it in every party, all told to
 * the history checker (I6), and loaders that are counted while they run (I5).
 */
import { setTimeout as after } from 'node:timers/promises'
import { systemClock } from '@greenlang/core'
import type { Load } from '@greenlang/core/coherence'
import type { History } from '@greenlang/testkit'
import type { Calls } from './calls.ts'
import { type Party, type Value, waitMs } from './party.ts'

export interface CoherentLoadOptions {
  readonly calls: Calls
  readonly history: History
  readonly deadlineMs: number
  readonly random: () => number
  readonly secrets: { readonly key: string; readonly value: string }
  readonly fault: (text: string) => void
}

export interface CoherentLoad {
  /** Loads that began, of any party. */
  readonly loads: number
  /** Names of the keys. */
  readonly keys: readonly string[]
  /** One call of a party, of a kind that `random` chooses. */
  step(party: Party, nth: number): void
  /** What it read from where, unless it failed. */
  read(party: Party, nth: number, at: ReadAt): Promise<{ value: Value; source: string } | undefined>
  /** A new version, which is told to everybody. Whether all will hear of it. */
  write(party: Party, nth: number, key: string): Promise<boolean>
}

export interface ReadAt {
  readonly key: string
  readonly final?: boolean
}

interface Caller {
  readonly key: string
  readonly party: Party
  readonly nth: number
  readonly calledAt: number
}

const count = 20
/** Those after are never invalidated, and live for a moment only: they are loaded again and again, one at a time. */
const invalidated = 15
const shortTtlMs = 300
const loadMs = 5
/** A read asks tier, record, claim and record again, and once more where another had filled meanwhile. */
const deadlinesOfRead = 10
const deadlinesOfWrite = 4

export function coherentLoad(options: CoherentLoadOptions): CoherentLoad {
  const { calls, history, deadlineMs, random, secrets, fault } = options
  const versions = new Map<string, number>()
  const keys = Array.from({ length: count }, (_, at) => `${secrets.key}-${at}`)
  for (const key of keys) {
    versions.set(key, 1)
    history.write({ key, version: 1, process: 0, committedAt: 0, acknowledgedAt: 0 })
  }
  const placeOf = (key: string) => keys.indexOf(key)
  const isInvalidated = (key: string) => placeOf(key) < invalidated
  const tagOf = (key: string) => `${secrets.key}-tag-${isInvalidated(key) ? placeOf(key) % 3 : 'quiet'}`
  const loaders = countedLoaders({ ...options, versions, isInvalidated, tagOf })
  const read: CoherentLoad['read'] = async (party, nth, { key, final = false }) => {
    const startedAt = systemClock.now()
    const limitMs = deadlineMs * deadlinesOfRead + waitMs + loadMs
    const load = loaders.of({ key, party, nth, calledAt: startedAt })
    const ask = () => party.engine.getOrSet(key, load)
    const answer = await calls.make({ name: 'read', party: nth, limitMs }, ask)
    if (answer === undefined) return undefined
    const value = answer.entry?.value as Value
    if (value.key !== key || value.text !== secrets.value) fault(`${key} was ${JSON.stringify(value)}`)
    const { source } = answer
    const endedAt = systemClock.now()
    history.read({ key, process: nth, startedAt, endedAt, version: value.number, source, final })
    return { value, source }
  }
  const write: CoherentLoad['write'] = async (party, nth, key) => {
    const version = (versions.get(key) ?? 0) + 1
    const committedAt = systemClock.now()
    versions.set(key, version)
    const target = placeOf(key) % 2 === 0 ? { keys: [key] } : { tags: [tagOf(key)] }
    const limitMs = deadlineMs * deadlinesOfWrite
    const tell = () => party.engine.invalidate({ mode: 'delete', ...target })
    const answer = await calls.make({ name: 'write', party: nth, limitMs }, tell)
    const returnedAt = systemClock.now()
    const acknowledged = answer?.propagated ? { acknowledgedAt: returnedAt } : {}
    history.write({ key, version, process: nth, committedAt, returnedAt, ...acknowledged })
    return answer?.propagated ?? false
  }
  return {
    keys,
    get loads() {
      return loaders.loads
    },
    step(party, nth) {
      if (random() < 0.1) return void write(party, nth, keys[Math.floor(random() * invalidated)] as string)
      const key = keys[Math.floor(random() * count)] as string
      void read(party, nth, { key })
      // Two at once, where only one may load.
      if (!isInvalidated(key)) void read(party, nth, { key })
    },
    read,
    write,
  }
}

interface LoadersOptions extends Pick<CoherentLoadOptions, 'history' | 'secrets' | 'fault'> {
  readonly versions: ReadonlyMap<string, number>
  isInvalidated(key: string): boolean
  tagOf(key: string): string
}

function countedLoaders({ history, secrets, fault, versions, isInvalidated, tagOf }: LoadersOptions) {
  const running = new Map<string, number>()
  let loads = 0
  const change = (name: string, by: number) => {
    const count = (running.get(name) ?? 0) + by
    running.set(name, count)
    return count
  }
  return {
    get loads() {
      return loads
    },
    of({ key, party, nth, calledAt }: Caller): Load {
      const ttl = isInvalidated(key) ? '1m' : shortTtlMs
      return async () => {
        loads += 1
        history.loads(1)
        const together = change(`${nth}/${key}`, 1)
        const mayFlyBeside = isInvalidated(key) || party.doubtedAt() >= calledAt
        if (together > 1 && !mayFlyBeside) fault(`${together} loaders of ${key} ran in ${nth}`)
        const number = versions.get(key) ?? 0
        await after(loadMs)
        change(`${nth}/${key}`, -1)
        return { value: { key, number, text: secrets.value }, options: { ttl, tags: [tagOf(key)] } }
      }
    },
  }
}
