import fc from 'fast-check'
import { countsTo, type EvictionPolicy, type SlotFacts } from '../../src/policy.ts'

/** What a plain, obviously right policy has to say. Slots as in `EvictionPolicy`; it hears of every use. */
export interface Model {
  add(slot: number): void
  use(slot: number): void
  change(slot: number): void
  remove(slot: number): void
  evict(): number
  grow?(length: number): void
}

type Entered = { kind: 'get' | 'change' | 'remove'; key: number; bytes: number; life: number }

export type Step = Entered | { kind: 'evict' } | { kind: 'grow'; by: number } | { kind: 'wait'; ms: number }

const key = fc.nat(24)
const bytes = fc.oneof(
  fc.nat(40),
  fc.nat(5_000),
  fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 36 + 1, 2 ** 40, 2 ** 45),
)
const life = fc.oneof(
  fc.nat(3_000),
  fc.nat(200_000),
  fc.nat(10 ** 9),
  fc.double({ min: 0, max: 10 ** 10, noNaN: true }),
  fc.constant(Number.POSITIVE_INFINITY),
)
const named = (kind: 'get' | 'change' | 'remove') => fc.record({ kind: fc.constant(kind), key, bytes, life })

export const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: named('get') },
  { weight: 2, arbitrary: named('change') },
  { weight: 2, arbitrary: named('remove') },
  { weight: 1, arbitrary: fc.constant({ kind: 'evict' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('grow' as const), by: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(100_000) }) },
)

export const aRun = fc.record({
  capacity: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 4, max: 14 })),
  /** Whether room is made before the new entry comes, or after. */
  before: fc.boolean(),
  steps: fc.array(aStep, { maxLength: 120, size: 'max' }),
})

/** What an arbitrary makes. */
export type Made<A> = A extends fc.Arbitrary<infer T> ? T : never

export type Run = Made<typeof aRun>

/** Plays the store: keys, free slots, the protocol of `uses`, and the facts. */
export class Driver {
  readonly facts: SlotFacts = {
    hashOf: slot => Math.imul((this.keys.get(slot) ?? 0) + 1, 0x9e3779b1) ^ (this.keys.get(slot) ?? 0),
    bytesOf: slot => this.bytes.get(slot) ?? 0,
    expiresAt: slot => this.expiries.get(slot) ?? Number.NaN,
  }
  readonly keys = new Map<number, number>()
  readonly bytes = new Map<number, number>()
  readonly expiries = new Map<number, number>()
  readonly slots = new Map<number, number>()
  readonly evicted: number[] = []
  now = 1_700_000_000_000.25
  readonly #policy: EvictionPolicy
  readonly #model: Model | undefined
  readonly #free: number[] = []
  #length = 0

  constructor(
    make: (facts: SlotFacts, now: () => number) => EvictionPolicy,
    model?: (facts: SlotFacts, now: () => number) => Model,
  ) {
    this.#policy = make(this.facts, () => this.now)
    this.#model = model?.(this.facts, () => this.now)
  }

  play(run: { capacity: number; before: boolean; steps: readonly Step[] }): this {
    for (const step of run.steps) {
      if (step.kind === 'evict') this.evict()
      else if (step.kind === 'grow') this.grow(this.#length + step.by)
      else if (step.kind === 'wait') this.now += step.ms + 0.5
      else this.#meet(step, run.capacity, run.before)
    }
    return this
  }

  /** Evicts what is left, and one more time. */
  drain(): this {
    while (this.slots.size > 0) this.evict()
    this.evict()
    return this
  }

  get(key: number): void {
    const slot = this.slots.get(key)
    if (slot === undefined) this.add(key, 1, Number.POSITIVE_INFINITY)
    else this.#use(slot)
  }

  add(key: number, bytes: number, life: number): void {
    if (this.#free.length === 0) this.grow(Math.max(2, this.#length * 2))
    const slot = this.#free.pop() as number
    this.slots.set(key, slot)
    this.keys.set(slot, key)
    this.#note(slot, bytes, life)
    this.#policy.add(slot)
    this.#model?.add(slot)
  }

  /** The key that went, -1 if none. @throws if the policy and the model disagree, or the slot is not in use. */
  evict(): number {
    const expected = this.#model?.evict()
    const slot = this.#policy.evict()
    if (expected !== undefined && expected !== slot) throw new Error(`evicted ${slot}, not ${expected}`)
    if (slot === 0) {
      if (this.slots.size > 0) throw new Error('evicted nothing, though there are entries')
      return -1
    }
    const key = this.keys.get(slot)
    if (key === undefined) throw new Error(`evicted ${slot}, which is free`)
    this.#release(slot, key)
    this.evicted.push(key)
    return key
  }

  remove(key: number): void {
    const slot = this.slots.get(key)
    if (slot === undefined) return
    this.#policy.remove(slot)
    this.#model?.remove(slot)
    this.#release(slot, key)
  }

  grow(length: number): void {
    for (let slot = Math.max(1, this.#length); slot < length; slot += 1) this.#free.push(slot)
    this.#length = length
    this.#policy.grow(length)
    this.#model?.grow?.(length)
    if (this.#policy.uses.length < length) throw new Error('uses is too short')
  }

  clear(): void {
    this.#policy.clear()
    for (const map of [this.keys, this.bytes, this.expiries, this.slots]) map.clear()
    this.#free.length = 0
    this.evicted.length = 0
    this.#length = 0
  }

  #meet(step: Entered, capacity: number, before: boolean): void {
    const slot = this.slots.get(step.key)
    if (step.kind === 'remove') this.remove(step.key)
    else if (slot === undefined) {
      if (before && this.slots.size >= capacity) this.evict()
      this.add(step.key, step.bytes, step.life)
      if (this.slots.size > capacity) this.evict()
    } else if (step.kind === 'get') this.#use(slot)
    else {
      this.#note(slot, step.bytes, step.life)
      this.#policy.change(slot)
      this.#model?.change(slot)
    }
  }

  #use(slot: number): void {
    const uses = this.#policy.uses[slot] as number
    if (uses < countsTo) this.#policy.uses[slot] = uses + 1
    else if (uses > countsTo) this.#policy.use(slot)
    this.#model?.use(slot)
  }

  #note(slot: number, bytes: number, life: number): void {
    this.bytes.set(slot, bytes)
    this.expiries.set(slot, this.now + life)
  }

  #release(slot: number, key: number): void {
    this.slots.delete(key)
    this.keys.delete(slot)
    this.bytes.delete(slot)
    this.expiries.delete(slot)
    this.#free.push(slot)
  }
}

export const runs = { numRuns: 1_500 }
