/**
 * Delayed invalidations beyond the room for single ones: of each rule and delay, those that come within one delay wait together
 * and are applied when the last of them is due. Later than each alone would be, by one delay at most, and never earlier: who
 * delays waits for something, a replica that catches up, and an early one would miss it.
 */
import type { Clock } from '@greenlang/core'
import type { Naps } from './naps.ts'
import type { EventRule } from './rule.ts'
import type { InvalidationRequest } from './rule-types.ts'

/** What is applied together. */
export interface Merged {
  /** Resolves when the last of them is due. */
  readonly due: Promise<void>
  /** Of all of them, each once. */
  requests(): readonly InvalidationRequest[]
}

interface Group {
  readonly requests: Map<string, InvalidationRequest>
  /** None joins from then on. */
  readonly openUntil: number
}

export class MergedDelays {
  readonly #clock: Clock
  readonly #naps: Naps
  readonly #most: number
  readonly #groups = new Map<EventRule, Map<number, Group>>()
  #count = 0

  /** @param most Requests that wait, in all groups. */
  constructor(clock: Clock, naps: Naps, most: number) {
    this.#clock = clock
    this.#naps = naps
    this.#most = most
  }

  /** The group where these are the first of one; `undefined` where they have joined one; `false` where there is no room. */
  add(
    rule: EventRule,
    delayMs: number,
    requests: readonly InvalidationRequest[],
  ): Merged | undefined | false {
    const groups = this.#groups.get(rule) ?? new Map<number, Group>()
    const now = this.#clock.now()
    const open = groups.get(delayMs)
    const joined = open && now < open.openUntil ? open : undefined
    const group: Group = joined ?? { requests: new Map(), openUntil: now + delayMs }
    const named = requests.map(request => [JSON.stringify(request), request] as const)
    const added = named.filter(([name]) => !group.requests.has(name))
    if (this.#count + added.length > this.#most) return false
    this.#count += added.length
    for (const [name, request] of added) group.requests.set(name, request)
    if (joined) return undefined
    this.#groups.set(rule, groups.set(delayMs, group))
    return this.#merged(rule, delayMs, group)
  }

  #merged(rule: EventRule, delayMs: number, group: Group): Merged {
    const due = this.#naps.sleep(2 * delayMs).then(() => {
      this.#count -= group.requests.size
      const groups = this.#groups.get(rule)
      if (groups?.get(delayMs) === group) groups.delete(delayMs)
      if (groups?.size === 0) this.#groups.delete(rule)
    })
    return { due, requests: () => [...group.requests.values()] }
  }
}
