import { describe, expect, it } from '@jest/globals'
import { outboxSql, type TriggerOptions, triggerSql } from '../src/index.ts'
import { useOutbox } from './open-outbox.ts'

const outbox = useOutbox()
const { sql, run } = outbox

/** What the outbox has, oldest first, and empties it. */
async function taken() {
  const rows = await sql('delete from greenlang_invalidations returning *')
  const byId = (a: Record<string, unknown>, b: Record<string, unknown>) => Number(a.id) - Number(b.id)
  return rows.sort(byId).map(({ id, xid, created_at, ...rest }) => {
    const entries = Object.entries(rest).filter(([, value]) => value !== null && String(value) !== '')
    return Object.fromEntries(entries)
  })
}

async function withOrders(
  options: Omit<TriggerOptions, 'table'>,
  work: () => Promise<void>,
  table = 'orders',
) {
  const name = `"${table.replaceAll('"', '""')}"`
  await sql(`create table ${name} (id bigint primary key, "user id" text, note json)`)
  const steps = triggerSql({ table, ...options })
  try {
    await run(steps.up)
    await work()
    await run(steps.down)
  } finally {
    await sql(`drop table ${name}`)
  }
}

describe('triggerSql', () => {
  it('names the row before and after', async () => {
    const options = {
      keys: ['order:{id}'],
      tags: ['user:{user id}', 'orders'],
      truncate: { tags: ['orders'] },
    }
    await withOrders(options, async () => {
      await sql(`insert into orders values (1, 'ann')`)
      await sql(`update orders set "user id" = 'bob'`)
      await sql(`delete from orders`)
      await sql('truncate orders')
      expect(await taken()).toEqual(
        [
          { mode: 'invalidate', keys: ['order:1'], tags: ['orders', 'user:ann'] },
          { mode: 'invalidate', keys: ['order:1'], tags: ['orders', 'user:ann', 'user:bob'] },
          { mode: 'invalidate', keys: ['order:1'], tags: ['orders', 'user:bob'] },
          { mode: 'invalidate', keys: [], tags: ['orders'] },
        ].map(row => Object.fromEntries(Object.entries(row).filter(([, value]) => String(value) !== ''))),
      )
    })
  })

  it('names nothing for a column that is null', async () => {
    await withOrders({ keys: ['of:{user id}'] }, async () => {
      await sql('insert into orders values (1, null)')
      expect(await taken()).toEqual([])
    })
  })

  it('clears by pattern what a TRUNCATE emptied, each other text standing for itself', async () => {
    await withOrders({ keys: ['o*:{id}:x', 'all'], tags: ['orders'], mode: 'delete' }, async () => {
      await sql('truncate orders')
      expect(await taken()).toEqual([
        { mode: 'delete', pattern: 'o\\*:*:x' },
        { mode: 'delete', pattern: 'all' },
        { mode: 'delete', tags: ['orders'] },
      ])
    })
  })

  it('tells events, with columns as texts, of both rows where they differ', async () => {
    const options: Omit<TriggerOptions, 'table'> = {
      events: { insert: 'order.made', update: 'order.changed', delete: 'order.gone' },
      payload: ['id', 'user id'],
      truncate: false,
    }
    await withOrders(options, async () => {
      await sql(`insert into orders values (9007199254740993, 'ann')`)
      await sql(`update orders set note = '{}'`)
      await sql(`update orders set "user id" = 'bob'`)
      await sql('delete from orders')
      const of = (event: string, user: string) => ({
        ...{ mode: 'invalidate', event, payload: { id: '9007199254740993', 'user id': user } },
      })
      expect(await taken()).toEqual([
        of('order.made', 'ann'),
        of('order.changed', 'ann'),
        of('order.changed', 'ann'),
        of('order.changed', 'bob'),
        of('order.gone', 'bob'),
      ])
    })
  })

  it('takes any names and texts as they are', async () => {
    const odd = `o"r'd\\e$greenlang$rs`
    const key = `'; drop table x; --\\ $greenlang$ {id}`
    await withOrders(
      { keys: [key] },
      async () => {
        await sql(`insert into "${odd.replaceAll('"', '""')}" values (1)`)
        expect(await taken()).toEqual([{ mode: 'invalidate', keys: [key.replace('{id}', '1')] }])
      },
      odd,
    )
  })

  it('names a value alike whatever the session that writes it is set to', async () => {
    await sql('create table days (day date, at timestamptz, took interval, bytes bytea, part float8)')
    const templates = ['d:{day}', 't:{at}', 'i:{took}', 'b:{bytes}', 'f:{part}']
    const steps = triggerSql({ table: 'days', keys: templates })
    try {
      await run(steps.up)
      const insert = `insert into days values ('2024-02-01', '2024-02-01 00:00:00.5+00', '1 day 2 hours', '\\x00ff', 0.1)`
      await sql(insert)
      const odd = await outbox.client()
      for (const set of [
        `datestyle = 'German'`,
        `timezone = 'Asia/Tokyo'`,
        `intervalstyle = 'sql_standard'`,
        `bytea_output = 'escape'`,
        'extra_float_digits = -5',
      ])
        await odd.query(`set ${set}`)
      await odd.query(insert)
      const [one, other] = await taken()
      expect(other).toEqual(one)
      expect(one).toMatchObject({
        keys: ['b:\\x00ff', 'd:2024-02-01', 'f:0.1', 'i:P1DT2H', 't:2024-02-01 00:00:00.5+00'],
      })
    } finally {
      await run(steps.down)
      await sql('drop table days')
    }
  })

  it('carries more columns than a function takes arguments', async () => {
    const columns = Array.from({ length: 120 }, (_, at) => `c${at}`)
    await sql(`create table wide (${columns.map(name => `${name} int`).join(', ')})`)
    const steps = triggerSql({ table: 'wide', events: { insert: 'wide' }, payload: columns, truncate: false })
    try {
      await run(steps.up)
      await sql(`insert into wide values (${columns.map((_, at) => at).join(', ')})`)
      const payload = Object.fromEntries(columns.map((name, at) => [name, String(at)]))
      expect(await taken()).toEqual([expect.objectContaining({ event: 'wide', payload })])
    } finally {
      await run(steps.down)
      await sql('drop table wide')
    }
  })

  it.each([
    { truncate: {} },
    { truncate: { pattern: '*', tags: ['a'] } },
    { truncate: { pattern: 'a\0' } },
    { keys: ['a\0{id}'] },
  ])('refuses %j', options => {
    expect(() => triggerSql({ table: 'orders', keys: ['{id}'], ...(options as object) })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })

  it('takes an outbox of any name', async () => {
    const names = { schema: 'o"x', table: `t'\\`, channel: `c"'\\`, append: 'a"b' }
    const steps = outboxSql(names)
    await sql('create schema "o""x"')
    await run(steps.up)
    await withOrders({ keys: ['{id}'], outbox: names }, async () => {
      await sql('insert into orders values (1)')
    })
    expect(await sql(`select keys, tags, event from "o""x"."t'\\"`)).toEqual([
      { keys: ['1'], tags: [], event: null },
    ])
    await run(steps.down)
    await sql('drop schema "o""x"')
  })

  it.each([
    { keys: ['{nope}'] },
    { tags: ['{nope}'], truncate: false as const },
    { events: { insert: 'e' }, payload: ['nope'], truncate: false as const },
  ])('fails at once for a column that does not exist: %j', async options => {
    const failed = withOrders(options, async () => {})
    await expect(failed).rejects.toMatchObject({ code: '42703' })
  })

  it('leaves the trigger out of a write that rolls back', async () => {
    await withOrders({ keys: ['{id}'] }, async () => {
      await expect(sql(`with a as (insert into orders values (1)) select 1/0`)).rejects.toThrow()
      expect(await taken()).toEqual([])
    })
  })

  const bad: [string, object][] = [
    ['table', { table: '' }],
    ['table', { table: 'a\0b' }],
    ['name', { name: 'é'.repeat(32) }],
    ['schema', { schema: 7 }],
    ['keys', { keys: ['a{'] }],
    ['keys', { keys: 'a' }],
    ['column of keys', { keys: [`{${'x'.repeat(64)}}`] }],
    ['payload', { payload: [''] }],
    ['mode', { mode: 'drop' }],
    ['truncate', { keys: undefined, tags: ['{id}'] }],
    ['truncate', { events: { insert: 'e' } }],
    ['truncate.pattern', { truncate: { pattern: '' } }],
    ['events.upsert', { events: { upsert: 'e' } }],
    ['of triggerSql', { keys: [] }],
    ['outbox.tables', { outbox: { tables: 'x' } }],
    ['triggerSql.key', { key: 'x' }],
  ]
  it.each(bad)('refuses a bad %s', (option, given) => {
    expect(() => triggerSql({ table: 'orders', keys: ['{id}'], ...given } as TriggerOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    )
  })
})

describe('outboxSql', () => {
  it('refuses names that cannot be', () => {
    const invalid = expect.objectContaining({ code: 'INVALID_OPTION' })
    expect(() => outboxSql({ table: 'x'.repeat(64) })).toThrow(invalid)
    expect(() => outboxSql({ channel: '' })).toThrow(invalid)
    expect(() => outboxSql({ tables: 'x' } as never)).toThrow(invalid)
  })

  it.each([
    `select greenlang_invalidate(array[''])`,
    `select greenlang_invalidate(array[null])`,
    `select greenlang_invalidate(pattern => '')`,
    `select greenlang_invalidate(array['k'], mode => 'drop')`,
  ])('refuses a row that no cache would take: %s', async statement => {
    await expect(sql(statement)).rejects.toMatchObject({ code: '23514' })
  })
})
