/** The order of invalidations for several threads: what the record of a server is, in the memory of one of them. */
import type { Invalidation, Rule, Rules, Stamp, TagMark } from '@greenlang/core'
import {
  createRuleList,
  createTagTable,
  type Replay,
  type RuleList,
  type Standing,
  type TagTable,
  type WireFrame,
} from '@greenlang/core/coherence'

export interface RecordLimits {
  readonly maxTags: number
  readonly maxFrames: number
}

export class FrameRecord {
  readonly #limits: RecordLimits
  #history: string
  #sequence = 0
  #tags: TagTable
  #rules: RuleList
  #frames: WireFrame[] = []

  constructor(history: string, limits: RecordLimits) {
    this.#limits = limits
    this.#history = history
    this.#tags = createTagTable(limits.maxTags)
    this.#rules = createRuleList()
  }

  get known(): Stamp {
    return { history: this.#history, sequence: this.#sequence }
  }

  /** A caller that has left this history, as another record was there for a while, is one whose order this is not any more. */
  meet({ known, left, candidate }: Standing): void {
    const isAhead = known.history === this.#history && known.sequence > this.#sequence
    if (!isAhead && !left.includes(this.#history)) return
    this.#history = candidate
    this.#sequence = 0
    this.#tags = createTagTable(this.#limits.maxTags)
    this.#rules = createRuleList()
    this.#frames = []
  }

  append(invalidation: Invalidation, origin: string): WireFrame {
    this.#sequence += 1
    const stamp = this.known
    const { mode } = invalidation
    if ('tags' in invalidation)
      for (const tag of invalidation.tags) this.#tags.record(tag, { sequence: stamp.sequence, mode })
    else if ('pattern' in invalidation)
      this.#rules.add({ stamp, mode, target: { pattern: invalidation.pattern } })
    else if ('all' in invalidation) this.#rules.add({ stamp, mode, target: { all: true } })
    const frame = { stamp, invalidation, origin }
    this.#frames.push(frame)
    if (this.#frames.length >= 2 * this.#limits.maxFrames)
      this.#frames = this.#frames.slice(-this.#limits.maxFrames)
    return frame
  }

  replay(after: Stamp): Replay {
    const { known } = this
    const missing = known.sequence - after.sequence
    const isThere = after.history === known.history && missing >= 0 && missing <= this.#frames.length
    if (!isThere) return { kind: 'lost', known }
    return { kind: 'frames', frames: missing > 0 ? this.#frames.slice(-missing) : [], known }
  }

  rules(since: Stamp, wanted: readonly string[]): Rules {
    const after = since.history === this.#history ? since.sequence : 0
    const tags = new Map<string, TagMark>()
    for (const tag of wanted) {
      const mark = this.#tags.get(tag)
      if (mark !== undefined && mark.sequence > after) tags.set(tag, mark)
    }
    const { known } = this
    const { floor } = this.#tags
    return { known, floor, tags, rules: this.#rules.newerThan(since), retired: this.#rules.retired }
  }

  retire(rule: Rule): void {
    if (rule.stamp.history === this.#history) this.#rules.retire(rule)
  }
}
