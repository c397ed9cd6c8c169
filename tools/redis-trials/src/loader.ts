/** Reads the source for a cache, as slowly as the plan says. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Loaded } from '@greenlang/core/coherence'
import type { CatalogueKey } from './catalogue.ts'
import type { DatabaseClient } from './database-client.ts'
import { now } from './now.ts'
import type { Plan } from './plan.ts'
import type { SourceValue } from './subject.ts'

export interface Loader {
  /** The snapshot is taken as the load begins: what is committed meanwhile is missed. */
  load(chosen: CatalogueKey): Promise<Loaded>
  readonly loads: number
}

export interface LoaderOptions {
  readonly plan: Plan
  readonly database: DatabaseClient
  readonly random: () => number
}

/** About what a cached row of JSON weighs. */
const text = 'x'.repeat(100)

export function createLoader({ plan, database, random }: LoaderOptions): Loader {
  let loads = 0
  return {
    get loads() {
      return loads
    },
    async load({ key, kind, tags }) {
      loads += 1
      const row = await database.read(key)
      const { from, to } = random() < plan.longLoads ? plan.longMs : plan.loadMs
      await sleep(from + random() * (to - from))
      if (random() < plan.failing) throw new RangeError('the source does not answer')
      const options = { ttl: plan.ttlMs, grace: plan.graceMs, tags }
      if (row.absent && (plan.subject === 'ours' || plan.subject === 'cache'))
        return { value: undefined, negativeTtlMs: plan.ttlMs, options }
      const value = sourceValue(key, row.version)
      return kind === 'set' ? { value, options, version: row.version } : { value, options }
    },
  }
}

export function sourceValue(key: string, version: number): SourceValue {
  return { key, version, madeAt: now(), text }
}
