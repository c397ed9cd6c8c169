/** What stands for one process: a tier by itself, and memory, tier, bus and engine as a cache has them. */
import { type RedisBus, type RedisTier, redisBus, redisTier } from '@greenlang/cache-redis'
import { type CircuitState, systemClock, type Tier } from '@greenlang/core'
import { createEngine, type Engine } from '@greenlang/core/coherence'
import { memoryOf } from '@greenlang/testkit/simulation'
import type { RedisSourceOptions } from '../../src/connect/source-options.ts'
import { noteDoubts } from './doubts.ts'

export interface PartyOptions {
  readonly source: RedisSourceOptions
  readonly prefix: string
  readonly deadlineMs: number
  readonly openForMs: number
  readonly leaseMs: number
  readonly minReplicas: number
  readonly onError: (error: unknown) => void
}

export interface Party {
  /** Called by the load alone: its counts must be those of the load. */
  readonly plain: RedisTier<Value>
  readonly tier: RedisTier
  readonly memory: Tier
  readonly bus: RedisBus
  readonly engine: Engine
  /** When the engine last could not tell that it had missed nothing. */
  doubtedAt(): number
  /** Of both tiers. */
  readonly states: readonly CircuitState[]
  close(): Promise<void>
}

/** A value says whose it is, so that one under a foreign key is seen. */
export interface Value {
  readonly key: string
  readonly number: number
  readonly text: string
}

/** How long an engine waits for the lease of another. */
export const waitMs = 300
const memoryEntries = 1_000
const memoryTtlMs = 60_000

export async function openParty(options: PartyOptions): Promise<Party> {
  const { source, prefix, deadlineMs: deadline, openForMs: openFor, leaseMs: lease } = options
  const { minReplicas, onError } = options
  const states: CircuitState[] = []
  const onState = (state: CircuitState) => void states.push(state)
  const common = { ...source, deadline, openFor, onState }
  const plain = redisTier<Value>({ ...common, prefix: `${prefix}plain:` })
  const tier = redisTier({ ...common, prefix })
  const bus = redisBus({ ...source, scope: prefix, deadline, lease, minReplicas, onError })
  const memory = memoryOf(systemClock, memoryEntries, memoryTtlMs)
  const doubts = noteDoubts(bus)
  const engine = await createEngine({
    tiers: [memory, tier],
    bus: doubts.bus,
    claimMs: 500,
    waitMs,
    pollMs: 20,
    retryMs: 50,
  })
  return {
    plain,
    tier,
    memory,
    bus,
    engine,
    doubtedAt: doubts.lastAt,
    states,
    async close() {
      engine.close()
      await Promise.all([plain.close(), tier.close(), bus.close()])
    },
  }
}
