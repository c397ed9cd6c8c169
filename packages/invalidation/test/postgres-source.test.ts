import { randomBytes } from 'node:crypto'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import type pg from 'pg'
import { createEventRules } from '../src/index.ts'
import { until, useOutbox } from './open-outbox.ts'

const outbox = useOutbox()
const { sql } = outbox
const append = (key: string) => sql('select greenlang_invalidate(keys => array[$1])', [key])
/** A row that nobody is woken for. */
const slip = (key: string) =>
  sql(`insert into greenlang_invalidations (mode, keys, tags) values ('invalidate', array[$1], '{}')`, [key])
const bridges = (source: { stats(): { isBridge: boolean } }) => source.stats().isBridge

describe('postgresSource', () => {
  it('hands what is in a row to the cache, once, and deletes it', async () => {
    const source = outbox.open({ pollEvery: '1h' })
    await until(() => bridges(source))
    await sql(`select greenlang_invalidate(array['k'], array['t'], 'p:*', 'delete')`)
    await until(() => source.stats().applied === 1)
    expect(source.cache.asked).toEqual([
      { pattern: 'p:*', mode: 'delete' },
      { keys: ['k'], mode: 'delete' },
      { tags: ['t'], mode: 'delete' },
    ])
    await until(async () => (await outbox.rows()) === 0)
    expect(source.stats()).toMatchObject({ applied: 1, failed: 0, isBridge: true })
  })

  it('is woken by NOTIFY, and finds at its start what came before', async () => {
    await append('before')
    const source = outbox.open({ pollEvery: '1h', clock: fakeClock() })
    await until(() => source.keys().includes('before'))
    await append('after')
    await until(() => source.keys().includes('after'))
  })

  it('finds by its poll what no NOTIFY told', async () => {
    const clock = fakeClock()
    const source = outbox.open({ clock })
    await until(() => bridges(source))
    await slip('quiet')
    await until(async () => {
      await clock.advance('1s')
      return source.keys().includes('quiet')
    })
  })

  it('does not skip a row with a lower number whose transaction commits later', async () => {
    const source = outbox.open({ pollEvery: '20ms' })
    const slow = await outbox.client()
    await slow.query('begin')
    await slow.query(`select greenlang_invalidate(array['slow'])`)
    await append('fast')
    // Nor does the slow transaction hold back what others have committed.
    await until(() => source.keys().includes('fast'))
    await until(async () => (await outbox.rows()) === 0)
    expect(source.keys()).toEqual(['fast'])
    await slow.query('commit')
    await until(() => source.keys().includes('slow'))
    expect(source.keys()).toEqual(['fast', 'slow'])
  })

  it('hears nothing of a transaction that rolled back', async () => {
    const source = outbox.open({ pollEvery: '20ms' })
    const client = await outbox.client()
    await client.query('begin')
    await client.query(`select greenlang_invalidate(array['never'])`)
    await client.query('rollback')
    await append('marker')
    await until(() => source.keys().includes('marker'))
    expect(source.keys()).toEqual(['marker'])
  })

  it('connects again when its session is killed, and loses nothing', async () => {
    const source = outbox.open({ pollEvery: '1h', lockEvery: '20ms' })
    await until(() => bridges(source))
    await outbox.killBridge()
    await append('meanwhile')
    await until(() => source.keys().includes('meanwhile'))
    // The server may take a moment to free the lock.
    expect(source.states.filter(kind => kind !== 'waiting')).toEqual([
      'bridge',
      'down',
      'connecting',
      'bridge',
    ])
    expect(source.errors[0]).toMatchObject({ code: 'POSTGRES_SOURCE_LOST' })
  })

  it('a batch whose session is killed before it is acknowledged is applied again', async () => {
    const source = outbox.open({ pollEvery: '20ms', lockEvery: '20ms' })
    let acknowledge = () => {}
    source.cache.answer = () =>
      new Promise(resolve => {
        acknowledge = () => resolve({ propagated: true })
      })
    await append('twice')
    await until(() => source.keys().length === 1)
    await outbox.killBridge()
    source.cache.answer = () => ({ propagated: true })
    acknowledge()
    await until(() => source.keys().length === 2)
    await until(async () => (await outbox.rows()) === 0)
  })

  it('has one bridge, and another takes over when its session dies', async () => {
    const one = outbox.open({ pollEvery: '20ms', lockEvery: '20ms' })
    await until(() => bridges(one))
    const two = outbox.open({ pollEvery: '20ms', lockEvery: '20ms' })
    await until(() => two.state.kind === 'waiting')
    for (let n = 0; n < 20; n += 1) await append(`a${n}`)
    await until(async () => (await outbox.rows()) === 0)
    expect([one.keys().length, two.keys().length, two.stats().lagMs]).toEqual([20, 0, undefined])
    await one.close()
    for (let n = 0; n < 20; n += 1) await append(`b${n}`)
    await until(async () => (await outbox.rows()) === 0)
    expect([one.keys().length, two.keys().length]).toEqual([20, 20])
    await outbox.killBridge()
    await append('c')
    await until(() => two.keys().includes('c'))
  })

  it('reads many rows in batches, and names each key once', async () => {
    await sql(
      `select greenlang_invalidate(array['k' || n % 10, 'of:' || n]) from generate_series(1, 95) as n`,
    )
    const source = outbox.open({ batchSize: 20 })
    await until(async () => (await outbox.rows()) === 0)
    expect(source.cache.asked).toHaveLength(5)
    expect(new Set(source.keys()).size).toBe(105)
    expect(source.keys()).toHaveLength(4 * 30 + 25)
  })

  it('leaves nothing after close, and closes in any state', async () => {
    const clock = fakeClock()
    const source = outbox.open({ clock })
    const waiting = outbox.open({ clock })
    const hanging = outbox.open({ clock, connect: () => new Promise(() => {}) })
    await until(() => bridges(source) || bridges(waiting))
    await until(() => [source, waiting].some(({ state }) => state.kind === 'waiting'))
    await Promise.all([source.close(), source.close(), waiting.close(), hanging.close()])
    expect([source.state, hanging.state]).toEqual([{ kind: 'closed' }, { kind: 'closed' }])
    expect(clock.waiting).toBe(0)
    await until(async () => (await outbox.sessions()) === 0)
  })

  it('waits for the batch under way', async () => {
    const source = outbox.open()
    let acknowledge = () => {}
    source.cache.answer = () =>
      new Promise(resolve => {
        acknowledge = () => resolve({ propagated: true })
      })
    await append('last')
    await until(() => source.keys().length === 1)
    const closing = source.close()
    acknowledge()
    await closing
    expect([await outbox.rows(), source.stats().applied]).toEqual([0, 1])
  })

  it('has the server end its session should it fall silent, so that the lock is free again', async () => {
    const clients: pg.Client[] = []
    const connect = async () => {
      const client = await outbox.client()
      clients.push(client)
      return client
    }
    const source = outbox.open({ connect, pollEvery: '1h', ackTimeout: '5s', clock: fakeClock() })
    await until(() => bridges(source))
    const shown = await clients[0]?.query(`select current_setting('idle_session_timeout') as silent,
current_setting('idle_in_transaction_session_timeout') as batch, current_setting('statement_timeout') as query`)
    expect(shown?.rows).toEqual([{ silent: '7230s', batch: '40s', query: '10s' }])
  })

  it('needs the rights that the README says, and so does who writes', async () => {
    const role = `greenlang_test_${process.pid}_${randomBytes(4).toString('hex')}`
    await sql(`create role ${role}_writes`)
    await sql(`create role ${role}_reads`)
    await sql(`grant insert on greenlang_invalidations to ${role}_writes`)
    await sql(`grant select, update, delete on greenlang_invalidations to ${role}_reads`)
    const connect = async () => {
      const client = await outbox.client()
      await client.query(`set role ${role}_reads`)
      return client
    }
    try {
      const source = outbox.open({ connect })
      const writer = await outbox.client()
      await writer.query(`set role ${role}_writes`)
      await writer.query(`select greenlang_invalidate(array['k'])`)
      await until(() => source.stats().applied === 1)
      await source.close()
      expect(source.errors).toEqual([])
    } finally {
      await sql(`drop owned by ${role}_writes, ${role}_reads`)
      await sql(`drop role ${role}_writes, ${role}_reads`)
    }
  })

  it('gives events to the rules, and their answer decides', async () => {
    const cache = outbox.open({ connect: () => Promise.reject(new Error('unused')) }).cache
    const rules = createEventRules<{ 'order.paid': { id: string } }>(cache)
    rules.on('order.paid', { keys: ['order:{id}'] })
    const source = outbox.open({ rules, pollEvery: '20ms' })
    await sql(`select greenlang_invalidate(event => 'order.paid', payload => '{"id": "7"}')`)
    await until(async () => (await outbox.rows()) === 0)
    expect(cache.asked).toEqual([{ keys: ['order:7'], mode: 'invalidate' }])
    cache.answer = () => ({ propagated: false })
    await sql(`select greenlang_invalidate(event => 'order.paid', payload => '{"id": "8"}')`)
    await until(() => source.stats().failed > 1)
    cache.answer = () => ({ propagated: true })
    await until(async () => (await outbox.rows()) === 0)
    await rules.close()
  })
})
