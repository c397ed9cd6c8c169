/**
 * The outbox: a table that a transaction appends to what it makes untrue. The row is there if and only if the transaction
 * committed, and the NOTIFY that goes with it says no more than that there is something: it may be lost.
 */
import { checkOptions } from '@greenlang/core'
import { qualified, quoteBody, quoteText } from './identifier.ts'
import { checkOutboxNames, type OutboxNamesOptions, outboxNameOptions } from './outbox-names.ts'

/** Statements to be run in order, each by itself or all in one transaction. */
export interface SqlSteps {
  readonly up: readonly string[]
  readonly down: readonly string[]
}

/**
 * The table of the outbox and the function that appends to it. Needs PostgreSQL >= 14.
 * @throws InvalidOptionError for a bad name.
 */
export function outboxSql(options: OutboxNamesOptions = {}): SqlSteps {
  checkOptions('outboxSql', options, outboxNameOptions)
  const { schema, table, channel, append } = checkOutboxNames(options)
  const outbox = qualified(schema, table)
  const call = `${qualified(schema, append)}`
  const body = `begin
  insert into ${outbox} (mode, keys, tags, pattern, event, payload)
    values (mode, keys, tags, pattern, event, payload);
  perform pg_catalog.pg_notify(${quoteText(channel)}, '');
end`
  return {
    up: [
      `create table ${outbox} (
  id bigint generated always as identity,
  xid xid8 not null default pg_catalog.pg_current_xact_id(),
  created_at timestamptz not null default pg_catalog.clock_timestamp(),
  mode text not null check (mode in ('invalidate', 'delete')),
  keys text[] not null check (array_position(keys, null) is null and array_position(keys, '') is null),
  tags text[] not null check (array_position(tags, null) is null and array_position(tags, '') is null),
  pattern text check (pattern <> ''),
  event text check (event <> ''),
  payload jsonb,
  primary key (xid, id)
)`,
      `create function ${call}(
  keys text[] default '{}', tags text[] default '{}', pattern text default null,
  mode text default 'invalidate', event text default null, payload jsonb default null
) returns void language plpgsql set search_path = pg_catalog, pg_temp as ${quoteBody(`#variable_conflict use_variable\n${body}`)}`,
    ],
    down: [
      `drop function if exists ${call}(text[], text[], text, text, text, jsonb)`,
      `drop table if exists ${outbox}`,
    ],
  }
}
