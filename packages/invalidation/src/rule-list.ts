import type { InvalidationMode, Rule, Stamp } from '@greenlang/core'

/** Patterns and clears, oldest first. Past `maxRules` they become one rule for everything. */
export interface RuleList {
  add(rule: Rule): void
  newerThan(since: Stamp): readonly Rule[]
}

const maxRules = 64

export function createRuleList(): RuleList {
  return new BoundedRuleList()
}

class BoundedRuleList implements RuleList {
  #rules: readonly Rule[] = []

  add(rule: Rule): void {
    this.#rules = [...this.#rules.filter(older => !covers(rule, older)), rule]
    if (this.#rules.length <= maxRules) return
    const mode: InvalidationMode = this.#rules.some(({ mode }) => mode === 'delete') ? 'delete' : 'invalidate'
    this.#rules = [{ stamp: rule.stamp, mode, target: { all: true } }]
  }

  newerThan(since: Stamp): readonly Rule[] {
    return this.#rules.filter(
      ({ stamp }) => stamp.history !== since.history || stamp.sequence > since.sequence,
    )
  }
}

/** Whether the older rule says nothing that the newer one does not. */
function covers(newer: Rule, older: Rule): boolean {
  if (newer.mode === 'invalidate' && older.mode === 'delete') return false
  if ('all' in newer.target) return true
  return 'pattern' in older.target && older.target.pattern === newer.target.pattern
}
