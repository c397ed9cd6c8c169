/**
 * A trigger that appends to the outbox what a change of a row makes untrue. It names the row before and the row after: one
 * that moved from one user to another is in the lists of both.
 */
import { fieldsOf, type Template } from '../events/template.ts'
import { qualified, quoteBody, quoteName, quoteText } from './identifier.ts'
import type { SqlSteps } from './sql.ts'
import { checkTrigger, type TriggerOptions, type TriggerPlan } from './trigger-options.ts'

/**
 * The statements that make one table tell its changes. The first fails, and with it the rest, if a column does not exist.
 * @throws InvalidOptionError for a bad option.
 */
export function triggerSql(options: TriggerOptions): SqlSteps {
  const plan = checkTrigger(options)
  const table = qualified(plan.schema, plan.table)
  const call = qualified(plan.schema, plan.name)
  const trigger = quoteName(plan.name)
  const truncateTrigger = quoteName(truncateName(plan.name))
  return {
    up: [
      // A function is compiled when it is first called, which would be the first write of a user.
      `select ${columnsOf(plan).map(quoteName).join(', ')} from ${table} limit 0`,
      `create function ${call}() returns trigger language plpgsql ${settings} as ${quoteBody(body(plan))}`,
      `create trigger ${trigger} after insert or update or delete on ${table} for each row execute function ${call}()`,
      `create trigger ${truncateTrigger} after truncate on ${table} for each statement execute function ${call}()`,
    ],
    down: [
      `drop trigger if exists ${truncateTrigger} on ${table}`,
      `drop trigger if exists ${trigger} on ${table}`,
      `drop function if exists ${call}()`,
    ],
  }
}

/** The text of a value must not depend on the session that writes it. */
const settings = [
  'set search_path = pg_catalog, pg_temp',
  "set datestyle = 'ISO, YMD'",
  "set timezone = 'UTC'",
  "set intervalstyle = 'iso_8601'",
  "set bytea_output = 'hex'",
  'set extra_float_digits = 1',
].join(' ')

const suffix = '_all'
const longestBytes = 63

/** Triggers of one table need names of their own, and PostgreSQL cuts off what is too long. */
function truncateName(name: string): string {
  let kept = name
  while (Buffer.byteLength(kept + suffix) > longestBytes) kept = [...kept].slice(0, -1).join('')
  return kept + suffix
}

function columnsOf({ keys, tags, payload }: TriggerPlan): readonly string[] {
  return [...new Set([...[...keys, ...tags].flatMap(fieldsOf), ...payload])]
}

function body(plan: TriggerPlan): string {
  return `declare
  named_keys text[] := '{}';
  named_tags text[] := '{}';
  told_old jsonb;
  told_new jsonb;
begin
  if tg_op = 'TRUNCATE' then
${truncated(plan)}
    return null;
  end if;
  if tg_op <> 'INSERT' then
${row(plan, 'OLD', 'told_old')}
  end if;
  if tg_op <> 'DELETE' then
${row(plan, 'NEW', 'told_new')}
  end if;
${rowRequest(plan)}${events(plan)}  return null;
end`
}

function row(plan: TriggerPlan, record: 'OLD' | 'NEW', told: string): string {
  const lines = [
    ...names('named_keys', plan.keys, record),
    ...names('named_tags', plan.tags, record),
    ...payload(plan, record, told),
  ]
  return lines.length === 0 ? '    null;' : lines.map(line => `    ${line}`).join('\n')
}

function names(list: string, templates: readonly Template[], record: string): readonly string[] {
  if (templates.length === 0) return []
  const texts = templates.map(template => template.map(part => partText(part, record)).join(' || '))
  return [`${list} := ${list} || array[${texts.join(', ')}]::text[];`]
}

const partText = (part: Template[number], record: string) =>
  'text' in part ? quoteText(part.text) : `(${record}.${quoteName(part.field)})::text`

/** A function takes 100 arguments. */
const mostPairs = 50

/** As texts: a number in JSON loses its last digits on the way to JavaScript. */
function payload(
  { payload: columns, events: { insert, update, delete: deleted } }: TriggerPlan,
  record: string,
  told: string,
) {
  if (insert === undefined && update === undefined && deleted === undefined) return []
  const pairs = columns.map(column => `${quoteText(column)}, (${record}.${quoteName(column)})::text`)
  const objects: string[] = []
  for (let at = 0; at < Math.max(1, pairs.length); at += mostPairs)
    objects.push(`jsonb_build_object(${pairs.slice(at, at + mostPairs).join(', ')})`)
  return [`${told} := jsonb_strip_nulls(${objects.join(' || ')});`]
}

/** What a column that is null would name is nothing, and so is the empty text. */
const distinct = (list: string) =>
  `array(select distinct one from unnest(${list}) as one where one <> '' order by one)`

function rowRequest(plan: TriggerPlan): string {
  if (plan.keys.length + plan.tags.length === 0) return ''
  return `  named_keys := ${distinct('named_keys')};
  named_tags := ${distinct('named_tags')};
  if cardinality(named_keys) + cardinality(named_tags) > 0 then
    perform ${appended(plan, 'keys => named_keys, tags => named_tags')};
  end if;
`
}

/** An update tells its event of the row as it was too, if the event would be another. */
function events(plan: TriggerPlan): string {
  const { insert, update, delete: deleted } = plan.events
  const tell = (event: string, told: string) =>
    `perform ${appended(plan, `event => ${quoteText(event)}, payload => ${told}`)};`
  const cases = [
    insert !== undefined && `  if tg_op = 'INSERT' then ${tell(insert, 'told_new')} end if;\n`,
    deleted !== undefined && `  if tg_op = 'DELETE' then ${tell(deleted, 'told_old')} end if;\n`,
    update !== undefined &&
      `  if tg_op = 'UPDATE' then
    if told_old <> told_new then ${tell(update, 'told_old')} end if;
    ${tell(update, 'told_new')}
  end if;\n`,
  ]
  return cases.filter(one => one !== false).join('')
}

function truncated(plan: TriggerPlan): string {
  const { patterns, tags } = plan.truncate
  const requests = patterns.map(pattern => `pattern => ${quoteText(pattern)}`)
  if (tags.length > 0) requests.push(`tags => array[${tags.map(quoteText).join(', ')}]::text[]`)
  if (requests.length === 0) return '    null;'
  return requests.map(request => `    perform ${appended(plan, request)};`).join('\n')
}

const appended = ({ outbox, mode }: TriggerPlan, request: string) =>
  `${qualified(outbox.schema, outbox.append)}(${request}, mode => ${quoteText(mode)})`
