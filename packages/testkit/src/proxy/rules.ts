/**
 * The faults that were set for one direction, oldest first. Of each fault the latest rule that selects a connection
 * counts. A new rule takes what it names out of those it covers, so that switching one fault back and forth leaves one
 * rule. Rejected: copying faults into the connections there are; those yet to come, or to be labelled, would get none.
 */
import { InvalidArgumentError } from '@greenlang/core'
import { type Faults, type FaultsInForce, noFaults } from './faults.ts'
import { type ConnectionSelection, isSelected } from './selection.ts'

/** Selections with faults of their own at the same time; those of single connections are not counted. */
const mostRules = 1_000

/** What is in force, and which `set` the limit is from: another one starts counting anew. */
export interface Resolved {
  readonly faults: FaultsInForce
  readonly limitFrom: number
}

export interface Rules<C> {
  add(faults: Faults, selection: RuleSelection<C>): void
  /** Forgets the rules of a single connection. */
  leave(connection: C): void
  resolve(connection: C): Resolved
}

interface RuleSelection<C> extends ConnectionSelection<C> {
  /** The one connection that is meant. */
  readonly only?: C
}

interface Rule<C> {
  readonly selection: RuleSelection<C>
  readonly number: number
  faults: Faults
}

export function createRules<C extends { readonly label: string | undefined }>(): Rules<C> {
  let rules: readonly Rule<C>[] = []
  let added = 0
  return {
    add(faults, selection) {
      const kept = rules
        .map(rule => without(rule, faults, selection))
        .filter(({ faults }) => named(faults) > 0)
      const counted = kept.filter(rule => rule.selection.only === undefined).length
      if (counted >= mostRules && selection.only === undefined)
        throw new InvalidArgumentError(
          'selection',
          `one of at most ${mostRules} in force; call heal()`,
          selection,
        )
      added += 1
      rules = named(faults) > 0 ? [...kept, { selection, number: added, faults }] : kept
    },
    leave(connection) {
      rules = rules.filter(({ selection }) => selection.only !== connection)
    },
    resolve(connection) {
      let resolved: Resolved = { faults: noFaults, limitFrom: 0 }
      for (const { selection, number, faults } of rules) {
        if (selection.only !== undefined && selection.only !== connection) continue
        if (!isSelected(connection, selection)) continue
        const limitFrom = faults.limitBytes === undefined ? resolved.limitFrom : number
        resolved = { faults: { ...resolved.faults, ...faults }, limitFrom }
      }
      return resolved
    },
  }
}

function without<C>(rule: Rule<C>, faults: Faults, by: RuleSelection<C>): Rule<C> {
  if (!covers(by, rule.selection)) return rule
  const left = Object.entries(rule.faults).filter(([name]) => faults[name as keyof Faults] === undefined)
  return { ...rule, faults: Object.fromEntries(left) }
}

function covers<C>(wide: RuleSelection<C>, narrow: RuleSelection<C>): boolean {
  return (
    (wide.only === undefined || wide.only === narrow.only) &&
    (wide.label === undefined || wide.label === narrow.label) &&
    (wide.match === undefined || wide.match === narrow.match)
  )
}

function named(faults: Faults): number {
  return Object.keys(faults).length
}
