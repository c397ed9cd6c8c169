/**
 * What this process was told of tags, patterns and clears, and what that says about an entry.
 *
 * A verdict needs everything since the entry's stamp. Where that is not here (another history, a tag the table had no
 * room for, a time before this process listened) it is `unknown`; the record of the bus must then be asked.
 */
import type { Frame, Invalidation, InvalidationMode, Rule, Rules } from '../bus.ts'
import type { Entry } from '../entry.ts'
import { noStamp, type Stamp } from '../stamp.ts'
import type { RecordGuards } from './guards.ts'
import { createMark, type Mark } from './mark.ts'
import { createRuleList, type RuleList } from './rule-list.ts'
import { createTagTable, type TagTable } from './tag-table.ts'
import { names } from './target.ts'

export type Verdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'invalid'; readonly mode: InvalidationMode }

/** The entry as the bus sees it. */
export interface Subject {
  readonly key: string
  readonly entry: Pick<Entry, 'tags' | 'stamp'>
  /** Of the tier that holds it. */
  readonly scope: 'process' | 'shared'
  /** When a shared tier was asked for it, by the clock of this process. Default: before all time. */
  readonly askedAt?: number
}

export interface Ledger {
  /** Nothing is known but that all before `base` is unknown. */
  reset(base: Stamp): void
  apply(frame: Pick<Frame, 'stamp' | 'invalidation'>): void
  /** Takes in what the record said of these tags. */
  learn(rules: Rules, tags: readonly string[], moment: LearningMoment): void
  verdict(subject: Subject): Verdict
}

export interface LearningMoment {
  /** How far this process is. */
  readonly applied: Stamp
  /** When the answer came, by its clock. */
  readonly now: number
}

const valid: Verdict = Object.freeze({ kind: 'valid' })
export const unknown: Verdict = Object.freeze({ kind: 'unknown' })
const deleted: Verdict = Object.freeze({ kind: 'invalid', mode: 'delete' })
const invalidated: Verdict = Object.freeze({ kind: 'invalid', mode: 'invalidate' })

export function createLedger(maxTags: number, guards: RecordGuards, mark: Mark = createMark()): Ledger {
  return new FrameLedger(maxTags, guards, mark)
}

class FrameLedger implements Ledger {
  readonly #maxTags: number
  readonly #guards: RecordGuards
  readonly #mark: Mark
  #history = noStamp.history
  #tags: TagTable
  #rules: RuleList = createRuleList()
  /** Patterns and clears after this sequence are all here. */
  #rulesSince = 0
  /** What a shared tier was asked for after this moment had been swept of the patterns before. */
  #sweptAt = Number.POSITIVE_INFINITY

  constructor(maxTags: number, guards: RecordGuards, mark: Mark) {
    this.#maxTags = maxTags
    this.#guards = guards
    this.#mark = mark
    this.#tags = createTagTable(maxTags)
  }

  reset({ history, sequence }: Stamp): void {
    this.#mark.now += 1
    this.#history = history
    this.#tags = createTagTable(this.#maxTags, sequence)
    this.#rules = createRuleList()
    this.#rulesSince = sequence
    this.#sweptAt = Number.POSITIVE_INFINITY
  }

  apply({ stamp, invalidation }: Pick<Frame, 'stamp' | 'invalidation'>): void {
    if (stamp.history !== this.#history) return
    const { mode } = invalidation
    if (!('keys' in invalidation)) this.#mark.now += 1
    if ('tags' in invalidation)
      for (const tag of invalidation.tags) this.#tags.record(tag, { sequence: stamp.sequence, mode })
    const rule = ruleOf(stamp, invalidation)
    if (rule !== undefined) this.#rules.add(rule)
  }

  learn(rules: Rules, tags: readonly string[], { applied, now }: LearningMoment): void {
    if (rules.known.history !== this.#history || applied.history !== this.#history) return
    // An old reply: the table may have dropped a tag since, and its floor says more.
    if (rules.known.sequence < applied.sequence) return
    this.#mark.now += 1
    for (const tag of tags)
      this.#tags.record(tag, rules.tags.get(tag) ?? { sequence: rules.floor, mode: 'delete' })
    for (const rule of rules.rules) this.#rules.add(rule)
    this.#rulesSince = Math.min(this.#rulesSince, this.#guards.retiredBindsPrivate ? rules.retired : 0)
    this.#sweptAt = Math.min(this.#sweptAt, now)
  }

  verdict({ key, entry, scope, askedAt = Number.NEGATIVE_INFINITY }: Subject): Verdict {
    const { tags, stamp } = entry
    if (!this.#guards.comparable(stamp, { history: this.#history, sequence: 0 })) return unknown
    const against: InvalidationMode[] = []
    for (const rule of this.#rules.newerThan(stamp))
      if (names(rule.target, { key, tags })) against.push(rule.mode)
    const swept = scope === 'shared' && askedAt >= this.#sweptAt
    let isUnknown = !swept && this.#rulesSince > stamp.sequence
    for (const tag of tags) {
      const mark = this.#tags.get(tag)
      if (mark === undefined) isUnknown ||= this.#guards.missingTagSince(this.#tags.floor) > stamp.sequence
      else if (mark.sequence > stamp.sequence) against.push(mark.mode)
    }
    return invalidBy(against) ?? (isUnknown ? unknown : valid)
  }
}

/** What the record itself says of an entry; it knows everything up to `rules.known`. */
export function verdictOfRecord(rules: Rules, { key, entry, scope }: Subject, guards: RecordGuards): Verdict {
  const { tags, stamp } = entry
  // Of another history, or of one that lost writes: nothing that was invalidated there can be told any more.
  if (!guards.comparable(stamp, rules.known)) return invalidated
  if (stamp.sequence > rules.known.sequence) return invalidated
  const against = rules.rules
    .filter(rule => rule.stamp.sequence > stamp.sequence && names(rule.target, { key, tags }))
    .map(({ mode }) => mode)
  const forgotten = guards.missingTagSince(rules.floor) > stamp.sequence
  for (const tag of tags) {
    const mark = rules.tags.get(tag)
    // A tag may have been deleted, then dropped for room, then marked: below the floor, nobody can say that it was not.
    if (mark && mark.sequence > stamp.sequence) against.push(forgotten ? 'delete' : mark.mode)
    else if (mark === undefined && forgotten) against.push('delete')
  }
  // Private copies were not swept when a rule retired.
  const unswept = scope === 'process' && guards.retiredBindsPrivate
  if (unswept && rules.retired > stamp.sequence) against.push('delete')
  return invalidBy(against) ?? valid
}

/** Of several invalidations the stronger counts. */
function invalidBy(modes: readonly InvalidationMode[]): Verdict | undefined {
  if (modes.length === 0) return undefined
  return modes.includes('delete') ? deleted : invalidated
}

function ruleOf(stamp: Stamp, invalidation: Invalidation): Rule | undefined {
  const { mode } = invalidation
  if ('pattern' in invalidation) return { stamp, mode, target: { pattern: invalidation.pattern } }
  return 'all' in invalidation ? { stamp, mode, target: { all: true } } : undefined
}
