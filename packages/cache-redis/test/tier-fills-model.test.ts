/** Whatever is done to one key, the tier in Redis says what the model says. */

import { type Claim, createEntry, type Stamp } from '@greenlang/core'
import { seededRandom } from '@greenlang/testkit'
import { modelTier } from '@greenlang/testkit/simulation'
import { afterAll, expect, it } from '@jest/globals'
import { removeOwnKeys } from './support.ts'
import { openRedisTier, type SharedTier, undated } from './tier-makers.ts'

afterAll(removeOwnKeys)

const steps = 1_500
const keys = ['plain', 'versioned', 'mixed']
const forMs = 600_000
const firstSeed = Math.floor(Math.random() * 1e9)

/** The same token, as each of the two has it. */
interface Pair {
  readonly inRedis: string
  readonly inModel: string
}

class Twins {
  readonly #tiers: { readonly inRedis: SharedTier; readonly inModel: SharedTier }
  readonly #random: () => number
  readonly #tokens = new Map<string, Pair[]>()
  readonly log: string[] = []

  constructor(inRedis: SharedTier, inModel: SharedTier, random: () => number) {
    this.#tiers = { inRedis, inModel }
    this.#random = random
  }

  async step(): Promise<void> {
    const key = this.#pick(keys)
    const act = this.#pick(this.#acts(key))
    const [said, told] = await act()
    this.log.push(`${act.name || 'act'} ${key}: ${JSON.stringify(told)}`)
    expect({ last: this.log.slice(-12), said }).toEqual({ last: this.log.slice(-12), said: told })
    const [found, expected] = await this.#both(async tier => undated(await tier.get(key)))
    expect({ last: this.log.slice(-12), found }).toEqual({ last: this.log.slice(-12), found: expected })
  }

  #acts(key: string): (() => Promise<unknown[]>)[] {
    const version = this.#version(key)
    const options = version === undefined ? {} : { version }
    const entry = createEntry(this.#number(1e6), { ttl: '10m' }, { stamp: this.#stamp() })
    const token = this.#pick(this.#tokens.get(key) ?? [{ inRedis: '', inModel: '' }])
    const claim = () => this.#claim(key, undefined)
    const reclaim = async () => this.#claim(key, (await this.#tiers.inModel.get(key))?.stamp ?? this.#stamp())
    // A load that began after an invalidation sees no lower version than that: what is filled has the highest.
    const filled = key === 'plain' ? {} : { version: 9 }
    const fill = () => this.#both((tier, which) => tier.fills.fill(key, entry, token[which], filled))
    const write = () => this.#both(tier => tier.fills.write(key, entry, options))
    const renew = () => this.#both((tier, which) => tier.fills.renew(token[which]))
    const release = () => this.#both((tier, which) => tier.fills.release(token[which]))
    const remove = () => this.#both(tier => tier.deleteMany([key]))
    const mark = () => this.#both(tier => tier.invalidateMany([key]))
    const bury = () => this.#both(tier => tier.fills.bury(key, version ?? 0))
    const sweep = () => this.#both(tier => tier.fills.sweep({ pattern: 'p*' }, { history: 'h', sequence: 2 }))
    // The model forgets the version of what is swept; Redis remembers it, as of all that is removed.
    const always = [claim, reclaim, write, remove, mark, key === 'plain' ? sweep : bury]
    return token.inRedis === '' ? always : [...always, fill, fill, renew, release]
  }

  async #claim(key: string, stamp: Stamp | undefined): Promise<unknown[]> {
    const options = stamp ? { forMs, reject: new Map([[key, stamp]]) } : { forMs }
    const claims = await this.#both(async tier => (await tier.fills.claim([key], options)).get(key) as Claim)
    const [inRedis, inModel] = claims
    if (inRedis?.kind === 'granted' && inModel?.kind === 'granted') {
      const pairs = [...(this.#tokens.get(key) ?? []), { inRedis: inRedis.token, inModel: inModel.token }]
      this.#tokens.set(key, pairs.slice(-3))
    }
    return claims.map(one => (one.kind === 'found' ? undated(one.entry) : one.kind))
  }

  async #both<R>(call: (tier: SharedTier, which: keyof Pair) => R): Promise<Awaited<R>[]> {
    const { inRedis, inModel } = this.#tiers
    return [await call(inRedis, 'inRedis'), await call(inModel, 'inModel')]
  }

  #version(key: string): number | undefined {
    if (key === 'plain' || (key === 'mixed' && this.#random() < 0.5)) return undefined
    return this.#number(8)
  }

  #stamp(): Stamp {
    return { history: this.#pick(['h', 'g']), sequence: this.#number(4) }
  }

  #number(below: number): number {
    return Math.floor(this.#random() * below)
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#number(list.length)] as T
  }
}

it.each([firstSeed, firstSeed + 1])('seed %i', async seed => {
  const [inRedis, inModel] = [openRedisTier(), modelTier(seed)]
  try {
    const twins = new Twins(inRedis, inModel, seededRandom(seed))
    for (let step = 0; step < steps; step += 1) await twins.step()
  } finally {
    await inRedis.close()
    await inModel.close()
  }
})
