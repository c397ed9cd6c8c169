import {
  checkOneOf,
  checkOptions,
  checkText,
  type InvalidationMode,
  InvalidOptionError,
} from '@greenlang/core'
import { escapePattern } from '../escape-pattern.ts'
import { fieldsOf, parseTemplate, type Template } from '../events/template.ts'
import { checkIdentifier } from './identifier.ts'
import {
  checkOutboxNames,
  type OutboxNames,
  type OutboxNamesOptions,
  outboxNameOptions,
} from './outbox-names.ts'

/** What a TRUNCATE of the table makes untrue, or `false` for nothing. */
export type TruncateRule = { readonly pattern: string } | { readonly tags: readonly string[] } | false

type RowOperation = 'insert' | 'update' | 'delete'

export interface TriggerOptions {
  /** The table that is watched. No default. */
  table: string
  /** Its schema. Default `'public'`. */
  schema?: string
  /** Name of the trigger and its function; of several on one table each needs its own. Default `'greenlang_'` and the table. */
  name?: string
  /** Keys, with columns in them: `'order:{id}'`. Those of the row before and after the change. Default: none. */
  keys?: readonly string[]
  /** Tags, likewise. Default: none. */
  tags?: readonly string[]
  /** `'delete'`: gone, grace included. Default `'invalidate'`: stale from now. */
  mode?: InvalidationMode
  /** Events for the rules of the source, by what happened to the row. Default: none. */
  events?: { readonly [operation in RowOperation]?: string }
  /** Columns that an event carries, as texts under their own names. Default: none. */
  payload?: readonly string[]
  /**
   * What TRUNCATE makes untrue. Default: tags without a column, and `*` for each column of a key. It has no default where
   * that would miss something: with a column in a tag, and with events.
   */
  truncate?: TruncateRule
  /** Where the outbox is. Default: where `outboxSql()` puts it. */
  outbox?: OutboxNamesOptions
}

export interface TriggerPlan {
  readonly table: string
  readonly schema: string
  readonly name: string
  readonly keys: readonly Template[]
  readonly tags: readonly Template[]
  readonly mode: InvalidationMode
  readonly events: { readonly [operation in RowOperation]?: string }
  readonly payload: readonly string[]
  readonly truncate: { readonly patterns: readonly string[]; readonly tags: readonly string[] }
  readonly outbox: OutboxNames
}

const names = ['table', 'schema', 'name', 'keys', 'tags', 'mode', 'events', 'payload', 'truncate', 'outbox']

/** @throws InvalidOptionError for a bad option. */
export function checkTrigger(options: TriggerOptions): TriggerPlan {
  checkOptions('triggerSql', options, names)
  const { schema = 'public', mode = 'invalidate', events = {}, outbox = {} } = options
  checkOptions('events', events, ['insert', 'update', 'delete'])
  checkOptions('outbox', outbox, outboxNameOptions)
  const table = checkIdentifier('table', options.table)
  const keys = checkTemplates('keys', options.keys)
  const tags = checkTemplates('tags', options.tags)
  const named = Object.values(events).map(event => checkText('events', event))
  if (keys.length + tags.length + named.length === 0)
    throw new InvalidOptionError('of triggerSql', 'one with keys, tags or events', undefined)
  return {
    table,
    schema: checkIdentifier('schema', schema),
    name: checkIdentifier('name', options.name ?? `greenlang_${table}`),
    keys,
    tags,
    mode: checkOneOf('mode', mode, ['delete', 'invalidate'] as const),
    events,
    payload: checkList('payload', options.payload).map(column => checkIdentifier('payload', column)),
    truncate: checkTruncate(options.truncate, keys, tags, named.length > 0),
    outbox: checkOutboxNames(outbox),
  }
}

function checkTruncate(
  rule: TruncateRule | undefined,
  keys: readonly Template[],
  tags: readonly Template[],
  hasEvents: boolean,
): TriggerPlan['truncate'] {
  if (rule === false) return { patterns: [], tags: [] }
  if (rule !== undefined) {
    checkOptions('truncate', rule, ['pattern', 'tags'])
    const { pattern, tags: named } = rule as { pattern?: string; tags?: readonly string[] }
    if ((pattern === undefined) === (named === undefined))
      throw new InvalidOptionError('truncate', '{ pattern }, { tags } or false', rule)
    if ('pattern' in rule)
      return {
        patterns: [checkNoNul('truncate.pattern', checkText('truncate.pattern', rule.pattern))],
        tags: [],
      }
    return {
      patterns: [],
      tags: checkList('truncate.tags', rule.tags).map(tag =>
        checkNoNul('truncate.tags', checkText('truncate.tags', tag)),
      ),
    }
  }
  if (hasEvents || tags.some(tag => fieldsOf(tag).length > 0))
    throw new InvalidOptionError(
      'truncate',
      'given, { pattern }, { tags } or false, with events or a column in a tag',
      rule,
    )
  return { patterns: keys.map(everyKey), tags: tags.map(saidBy) }
}

const everyKey = (key: Template) =>
  key.map(part => ('text' in part ? escapePattern(part.text) : '*')).join('')

/** Of a tag without columns. */
const saidBy = (tag: Template) => tag.map(part => ('text' in part ? part.text : '')).join('')

function checkTemplates(option: string, templates: readonly string[] | undefined): readonly Template[] {
  const parsed = checkList(option, templates).map(template =>
    parseTemplate(option, checkNoNul(option, template)),
  )
  for (const column of parsed.flatMap(fieldsOf)) checkIdentifier(`column of ${option}`, column)
  return parsed
}

/** PostgreSQL has no text with one. */
function checkNoNul(option: string, text: string): string {
  if (typeof text !== 'string' || !text.includes('\0')) return text
  throw new InvalidOptionError(option, 'without a NUL', text)
}

function checkList(option: string, list: readonly string[] = []): readonly string[] {
  if (Array.isArray(list)) return list
  throw new InvalidOptionError(option, 'strings in an array', list)
}
