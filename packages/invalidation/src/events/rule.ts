/** A rule, checked once: what it does of an event is worked out while the event is emitted, never later. */
import {
  checkFunction,
  checkOneOf,
  checkOptions,
  type Duration,
  InvalidArgumentError,
  type InvalidationMode,
  InvalidOptionError,
  parseDuration,
} from '@greenlang/core'
import { escapePattern } from '../escape-pattern.ts'
import type { EventRuleOptions, InvalidationRequest } from './rule-types.ts'
import { fieldsOf, fillTemplate, parseTemplate } from './template.ts'

export interface EventRule {
  readonly mode: InvalidationMode
  /** Ascending, each once. */
  readonly delaysMs: readonly number[]
  /** What to invalidate; `undefined`: the rule is not for this event. Throws what its functions throw. */
  requests(payload: unknown): readonly InvalidationRequest[] | undefined
}

type Make = (payload: unknown) => InvalidationRequest | undefined

const ruleNames = ['keys', 'tags', 'pattern', 'mode', 'when', 'delay']
const longestDelayMs = 30 * 24 * 3_600_000
const fieldName = /^[\p{L}_$][\p{L}\p{N}_$]*$/u

/** @throws InvalidOptionError for a bad rule. */
export function checkRule(event: string, rule: EventRuleOptions<never>): EventRule {
  checkOptions('rule', rule, ruleNames)
  const { keys, tags, pattern, mode = 'invalidate', when, delay = 0 } = rule as EventRuleOptions<unknown>
  const makers: Make[] = []
  if (keys !== undefined) makers.push(named(event, 'keys', keys))
  if (tags !== undefined) makers.push(named(event, 'tags', tags))
  if (pattern !== undefined) makers.push(patterned(event, pattern))
  if (makers.length === 0) throw new InvalidOptionError('of rule', 'one with keys, tags or pattern', rule)
  if (when !== undefined) checkFunction('when', when)
  return {
    mode: checkOneOf('mode', mode, ['delete', 'invalidate'] as const),
    delaysMs: checkDelays(delay),
    requests(payload) {
      if (when !== undefined && !when(payload)) return undefined
      return makers.map(make => make(payload)).filter(request => request !== undefined)
    },
  }
}

function named(event: string, kind: 'keys' | 'tags', names: EventRuleOptions<unknown>['keys']): Make {
  const list = typeof names === 'function' ? names : templates(event, kind, names)
  return payload => {
    const made: unknown = list(payload)
    if (!Array.isArray(made) || !made.every(name => typeof name === 'string' && name !== ''))
      throw new InvalidArgumentError(`${kind} of a rule`, 'an array of strings that are not empty', made)
    if (made.length === 0) return undefined
    const copy: readonly string[] = [...made]
    return kind === 'keys' ? { keys: copy } : { tags: copy }
  }
}

function templates(event: string, kind: string, names: unknown): (payload: unknown) => readonly string[] {
  if (!Array.isArray(names) || names.length === 0)
    throw new InvalidOptionError(kind, 'a function, or templates in an array that is not empty', names)
  const parsed = names.map(name => parseFields(kind, name))
  return payload => parsed.map(template => fillTemplate(template, event, payload))
}

function patterned(event: string, pattern: EventRuleOptions<unknown>['pattern']): Make {
  const make = typeof pattern === 'function' ? pattern : patternTemplate(event, pattern)
  return payload => {
    const made: unknown = make(payload)
    if (made === undefined) return undefined
    if (typeof made === 'string' && made !== '') return { pattern: made }
    throw new InvalidArgumentError('pattern of a rule', 'a string that is not empty', made)
  }
}

function patternTemplate(event: string, pattern: unknown): (payload: unknown) => string {
  const template = parseFields('pattern', pattern)
  return payload => fillTemplate(template, event, payload, escapePattern)
}

function parseFields(option: string, text: unknown) {
  const template = parseTemplate(option, text)
  if (fieldsOf(template).every(field => fieldName.test(field))) return template
  throw new InvalidOptionError(option, 'a text whose {field} is the plain name of a field', text)
}

function checkDelays(delay: Duration | readonly Duration[]): readonly number[] {
  const delays: readonly Duration[] =
    typeof delay === 'object' && delay !== null ? delay : [delay as Duration]
  if (!Array.isArray(delays) || delays.length === 0)
    throw new InvalidOptionError('delay', 'a duration, or durations in an array that is not empty', delay)
  const ms = delays.map(one => parseDuration('delay', one, { minMs: 0, maxMs: longestDelayMs }))
  return [...new Set(ms)].sort((a, b) => a - b)
}
