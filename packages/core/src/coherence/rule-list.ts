import type { InvalidationMode, Rule } from '../bus.ts'
import { compareStamps, type Stamp } from '../stamp.ts'

/** Patterns and clears, oldest first. Past `maxRules` they become one rule for everything. */
export interface RuleList {
  /** Sequence of the last rule that was retired. Never falls. */
  readonly retired: number
  add(rule: Rule): void
  /** Forgets the rule, if it is there as it was added: one that stands for many by now stays. */
  retire(rule: Rule): void
  newerThan(since: Stamp): readonly Rule[]
}

const defaultMaxRules = 64

export function createRuleList(maxRules: number = defaultMaxRules): RuleList {
  return new BoundedRuleList(maxRules)
}

class BoundedRuleList implements RuleList {
  readonly #maxRules: number
  #rules: readonly Rule[] = []
  #retired = 0

  constructor(maxRules: number) {
    this.#maxRules = maxRules
  }

  get retired(): number {
    return this.#retired
  }

  add(rule: Rule): void {
    if (this.#rules.some(held => covers(held, rule))) return
    this.#rules = [...this.#rules.filter(older => !covers(rule, older)), rule]
    if (this.#rules.length <= this.#maxRules) return
    const mode: InvalidationMode = this.#rules.some(({ mode }) => mode === 'delete') ? 'delete' : 'invalidate'
    const { stamp } = this.#rules.reduce((a, b) => ((compareStamps(b.stamp, a.stamp) ?? 0) > 0 ? b : a), rule)
    this.#rules = [{ stamp, mode, target: { all: true } }]
  }

  retire(rule: Rule): void {
    const rest = this.#rules.filter(held => !isSame(held, rule))
    if (rest.length === this.#rules.length) return
    this.#rules = rest
    this.#retired = Math.max(this.#retired, rule.stamp.sequence)
  }

  newerThan(since: Stamp): readonly Rule[] {
    if (this.#rules.length === 0) return this.#rules
    return this.#rules.filter(
      ({ stamp }) => stamp.history !== since.history || stamp.sequence > since.sequence,
    )
  }
}

/** Whether a rule says nothing that one as new or newer does not. */
function covers(newer: Rule, older: Rule): boolean {
  const order = compareStamps(newer.stamp, older.stamp)
  if (order === undefined || order < 0) return false
  if (newer.mode === 'invalidate' && older.mode === 'delete') return false
  if ('all' in newer.target) return true
  return 'pattern' in older.target && older.target.pattern === newer.target.pattern
}

function isSame(a: Rule, b: Rule): boolean {
  const sameTarget = 'pattern' in a.target ? a.target.pattern === patternOf(b) : 'all' in b.target
  return sameTarget && compareStamps(a.stamp, b.stamp) === 0
}

function patternOf({ target }: Rule): string | undefined {
  return 'pattern' in target ? target.pattern : undefined
}
