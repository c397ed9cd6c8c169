/**
 * A shared tier that knows no leases gets those of this process: loads, writes and invalidations of one cache are fenced
 * against each other, as the engine expects. Other processes are not: with them such a tier is coherent by ttl only.
 *
 * Whoever claims last holds the lease. What it loads is the newer, and nobody has to wait for a load of before.
 */
import type {
  Awaitable,
  Claim,
  Contract,
  Entry,
  Fills,
  RuleTarget,
  Tier,
  TierStats,
  Written,
} from '@greenlang/core'
import { removes } from './absence.ts'
import { createSoloVersions, type SoloVersions } from './solo-versions.ts'

const mostVersions = 65_536

/** @param tier One whose calls for one key take effect in their order. */
export function withSoloFills(tier: Tier): Tier {
  return new SoloTier(tier)
}

class SoloTier implements Tier {
  readonly name: string
  readonly scope: Tier['scope']
  readonly contract: Contract
  readonly guarded: boolean
  readonly fills: Fills
  readonly #tier: Tier
  readonly #leases = new Leases()
  readonly #versions = createSoloVersions(mostVersions)

  constructor(tier: Tier) {
    this.name = tier.name
    this.scope = tier.scope
    this.contract = tier.contract
    this.guarded = tier.guarded
    this.#tier = tier
    this.fills = soloFills(this, this.#leases, this.#versions)
  }

  get(key: string, signal?: AbortSignal): Awaitable<Entry | undefined> {
    return this.#tier.get(key, signal)
  }

  getMany(keys: readonly string[], signal?: AbortSignal): Awaitable<ReadonlyMap<string, Entry>> {
    return this.#tier.getMany(keys, signal)
  }

  set(key: string, entry: Entry, signal?: AbortSignal): Awaitable<void> {
    return this.#tier.set(key, entry, signal)
  }

  setMany(entries: ReadonlyMap<string, Entry>, signal?: AbortSignal): Awaitable<void> {
    return this.#tier.setMany(entries, signal)
  }

  deleteMany(keys: readonly string[], signal?: AbortSignal): Awaitable<void> {
    for (const key of keys) this.#leases.revoke(key)
    this.#versions.drop(keys)
    return this.#tier.deleteMany(keys, signal)
  }

  invalidateMany(keys: readonly string[], signal?: AbortSignal): Awaitable<void> {
    for (const key of keys) this.#leases.revoke(key)
    return this.#tier.invalidateMany(keys, signal)
  }

  clear(signal?: AbortSignal): Awaitable<void> {
    this.#leases.revokeAll()
    this.#versions.clear()
    return this.#tier.clear(signal)
  }

  stats(): TierStats {
    return this.#tier.stats()
  }

  close(): Awaitable<void> {
    return this.#tier.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function soloFills(tier: Tier, leases: Leases, versions: SoloVersions): Fills {
  return {
    claim: keys =>
      new Map<string, Claim>(keys.map(key => [key, { kind: 'granted', token: leases.grant(key) }])),
    async fill(key, entry, token, { version } = {}) {
      if (!leases.end(token)) return false
      versions.put(key, entry, version)
      await (removes(entry) ? tier.deleteMany([key]) : tier.set(key, entry))
      return true
    },
    renew: token => leases.stands(token),
    release: token => void leases.end(token),
    async write(key, entry, { version } = {}): Promise<Written> {
      leases.revoke(key)
      if (!versions.admits(key, entry, version)) return 'older'
      versions.put(key, entry, version)
      await tier.set(key, entry)
      return 'stored'
    },
    bury: key => tier.deleteMany([key]),
    sweep: target => sweep(tier, target),
    watch: () => () => undefined,
  }
}

/** Which keys a pattern names cannot be asked of a tier: its rule has to stay. */
async function sweep(tier: Tier, target: RuleTarget): Promise<void> {
  if ('pattern' in target) throw new TypeError('a tier without leases cannot be swept by pattern')
  await tier.clear()
}

/** As many as there are loads under way. */
class Leases {
  readonly #tokenOf = new Map<string, string>()
  readonly #keyOf = new Map<string, string>()
  #granted = 0

  grant(key: string): string {
    this.revoke(key)
    this.#granted += 1
    const token = `${this.#granted}`
    this.#tokenOf.set(key, token)
    this.#keyOf.set(token, key)
    return token
  }

  stands(token: string): boolean {
    return this.#keyOf.has(token)
  }

  /** Whether it stood until now. */
  end(token: string): boolean {
    const key = this.#keyOf.get(token)
    if (key === undefined) return false
    this.revoke(key)
    return true
  }

  revoke(key: string): void {
    const token = this.#tokenOf.get(key)
    if (token === undefined) return
    this.#tokenOf.delete(key)
    this.#keyOf.delete(token)
  }

  revokeAll(): void {
    this.#tokenOf.clear()
    this.#keyOf.clear()
  }
}
