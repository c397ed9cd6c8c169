/** What 24 hours ask of a tier, by chance, and what each read of it may say. */
import { createEntry, type Entry } from '@greenlang/core'
import type { FakeClock } from '@greenlang/testkit'
import type { DiskTier } from '../src/index.ts'

/** Tells its key and which set this was; its bytes, too, tell the set. */
export interface Body {
  readonly key: string
  readonly number: number
  readonly bytes: Uint8Array
}

interface Held {
  readonly number: number
  readonly expiresAt: number
  readonly invalidated: boolean
}

/** What was known as a read was called for. */
interface Question {
  readonly key: string
  readonly held: Held | undefined
  /** Sets up to then. */
  readonly made: number
}

export interface Traffic {
  /** Asks the tier one thing; what it must not answer makes it reject. */
  step(tier: DiskTier<Body>): Promise<void>
  /** Several at once, for few keys. */
  burst(tier: DiskTier<Body>): Promise<void>
  /** Reads every key. */
  audit(tier: DiskTier<Body>): Promise<void>
  readonly tally: Tally
}

export interface Tally {
  hits: number
  reads: number
  sets: number
  /** Bytes of the values in all sets. */
  givenBytes: number
}

export interface TrafficOptions {
  readonly clock: FakeClock
  readonly random: () => number
  readonly keys: number
}

export const longestBytes = 300_000
const shortestBytes = 100
const medianBytes = 3_000
const spread = 1.5
const hourMs = 3_600_000
/** Share of the sets that are of keys which never come again. */
const onceShare = 0.3

export function createTraffic(options: TrafficOptions): Traffic {
  return new RandomTraffic(options)
}

class RandomTraffic implements Traffic {
  readonly tally: Tally = { hits: 0, reads: 0, sets: 0, givenBytes: 0 }
  readonly #clock: FakeClock
  readonly #random: () => number
  readonly #keys: number
  readonly #model = new Map<string, Held>()
  #made = 0

  constructor({ clock, random, keys }: TrafficOptions) {
    this.#clock = clock
    this.#random = random
    this.#keys = keys
  }

  async step(tier: DiskTier<Body>): Promise<void> {
    await this.#ask(tier, this.#keys)
  }

  async burst(tier: DiskTier<Body>): Promise<void> {
    await Promise.all(Array.from({ length: 8 }, () => this.#ask(tier, 4)))
  }

  async audit(tier: DiskTier<Body>): Promise<void> {
    for (const key of this.#model.keys()) await this.#read(tier, key)
  }

  /** Reads of what is not there are followed by a set, as in a cache. */
  async #ask(tier: DiskTier<Body>, keys: number): Promise<void> {
    const kind = this.#random()
    const key = this.#pick(keys)
    if (kind < 0.7) {
      const found = await this.#read(tier, key)
      if (!found) await this.#set(tier, key)
    } else if (kind < 0.82) await this.#set(tier, this.#random() < onceShare ? `once ${this.#made}` : key)
    else if (kind < 0.85) await this.#setMany(tier, keys)
    else if (kind < 0.9) await this.#remove(tier, [key, this.#pick(keys)])
    else if (kind < 0.94) await this.#invalidate(tier, [key, this.#pick(keys)])
    else if (kind < 0.9995) await this.#readMany(tier, [key, this.#pick(keys), 'never set'])
    else await this.#clear(tier)
  }

  async #read(tier: DiskTier<Body>, key: string): Promise<boolean> {
    const question = this.#question(key)
    const entry = await tier.get(key)
    this.#check(question, entry)
    return entry !== undefined
  }

  async #readMany(tier: DiskTier<Body>, keys: readonly string[]): Promise<void> {
    const questions = keys.map(key => this.#question(key))
    const found = await tier.getMany(keys)
    for (const question of questions) this.#check(question, found.get(question.key))
  }

  #question(key: string): Question {
    return { key, held: this.#model.get(key), made: this.#made }
  }

  /** A miss is always right; so is what was called for after the question, but nothing of before the last call. */
  #check({ key, held, made }: Question, entry: Entry<Body> | undefined): void {
    this.tally.reads += 1
    if (entry === undefined) return
    this.tally.hits += 1
    const now = this.#clock.now()
    if (now >= entry.expiresAt) throw new Error(`${key} was returned ${now - entry.expiresAt} ms too late`)
    const { value, expiresAt, invalidated } = entry
    if (value.key !== key || !isWhole(value)) throw new Error(`${key} was returned damaged`)
    if (value.number > made) return
    if (value.number !== held?.number)
      throw new Error(`${key} was set ${held?.number ?? 'never'}, and ${value.number} came back`)
    const wasChanged = this.#model.get(key) !== held
    const isMarkedRight = invalidated === held.invalidated || (invalidated && wasChanged)
    if (expiresAt !== held.expiresAt || !isMarkedRight)
      throw new Error(`${key} has the dates or mark of another`)
  }

  async #set(tier: DiskTier<Body>, key: string): Promise<void> {
    await tier.set(key, this.#make(key))
  }

  async #setMany(tier: DiskTier<Body>, keys: number): Promise<void> {
    const some = new Set(Array.from({ length: 3 }, () => this.#pick(keys)))
    await tier.setMany(new Map([...some].map(key => [key, this.#make(key)])))
  }

  #make(key: string): Entry<Body> {
    this.#made += 1
    this.tally.sets += 1
    const bytes = this.#bytes()
    this.tally.givenBytes += bytes.byteLength
    const number = this.#made
    const entry = createEntry({ key, number, bytes }, { ttl: this.#ttlMs() }, { clock: this.#clock })
    this.#model.set(key, { number, expiresAt: entry.expiresAt, invalidated: false })
    return entry
  }

  async #remove(tier: DiskTier<Body>, keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#model.delete(key)
    await tier.deleteMany(keys)
  }

  async #invalidate(tier: DiskTier<Body>, keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const held = this.#model.get(key)
      if (held) this.#model.set(key, { ...held, invalidated: true })
    }
    await tier.invalidateMany(keys)
  }

  async #clear(tier: DiskTier<Body>): Promise<void> {
    this.#model.clear()
    await tier.clear()
  }

  /** Few keys come often, most seldom: the cube of an even chance. */
  #pick(keys: number): string {
    return `key ${Math.floor(this.#random() ** 3 * keys)}`
  }

  /** Log-normal; in every second hour all are a tenth as long, so that now the bytes and now the entries are many. */
  #bytes(): Uint8Array {
    const even = Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random())
    const isShort = Math.floor(this.#clock.now() / hourMs) % 2 === 0
    const length = medianBytes * (isShort ? 0.1 : 1) * Math.exp(spread * even)
    const bytes = new Uint8Array(Math.round(Math.min(Math.max(length, shortestBytes), longestBytes)))
    return bytes.fill(fillOf(this.#made))
  }

  /** From two seconds to a day, each order of magnitude as often. */
  #ttlMs(): number {
    return 2_000 * (24 * 1_800) ** this.#random()
  }
}

const fillOf = (number: number) => number % 251

function isWhole({ number, bytes }: Body): boolean {
  return bytes.length >= shortestBytes && bytes.every(byte => byte === fillOf(number))
}
