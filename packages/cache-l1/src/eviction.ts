/** The policies by name. */
import { createFifo } from './policies/fifo.ts'
import { createLfu } from './policies/lfu.ts'
import { createLru } from './policies/lru.ts'
import { createReuseDistance } from './policies/reuse-distance.ts'
import { createS3Fifo } from './policies/s3-fifo.ts'
import { createSieve } from './policies/sieve.ts'
import { createSize } from './policies/size.ts'
import { createTtl } from './policies/ttl.ts'
import { createWTinyLfu } from './policies/w-tinylfu.ts'
import type { EvictionPolicy, SlotFacts } from './policy.ts'

/** Which entry makes room for a new one: each is described in the file of its name. */
export type Eviction =
  | 'reuse-distance'
  | 'lru'
  | 'lfu'
  | 'fifo'
  | 'ttl'
  | 'size'
  | 'sieve'
  | 's3-fifo'
  | 'w-tinylfu'

/** Why this one: docs/design/0004-default-eviction.md. */
export const defaultEviction: Eviction = 'reuse-distance'

type Factory = (facts: SlotFacts, now: () => number) => EvictionPolicy

const factories: Readonly<Record<Eviction, Factory>> = {
  'reuse-distance': facts => createReuseDistance(facts),
  lru: createLru,
  lfu: createLfu,
  fifo: createFifo,
  ttl: createTtl,
  size: createSize,
  sieve: createSieve,
  's3-fifo': createS3Fifo,
  'w-tinylfu': facts => createWTinyLfu(facts),
}

export const evictionPolicies = Object.freeze(
  Object.keys(factories) as Eviction[],
) satisfies readonly Eviction[]

/** @param now The time in ms since the epoch, for policies that go by dates. */
export function createPolicy(name: Eviction, facts: SlotFacts, now: () => number): EvictionPolicy {
  return factories[name](facts, now)
}
