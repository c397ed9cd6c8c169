import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import {
  createEventRules,
  outboxSql,
  type PostgresClient,
  type PostgresSourceOptions,
  postgresSource,
} from '../src/index.ts'
import { until, useOutbox } from './open-outbox.ts'
import { recordingCache } from './recording-cache.ts'

const outbox = useOutbox()
const { sql } = outbox
const append = (key: string) => sql('select greenlang_invalidate(keys => array[$1])', [key])

describe('postgresSource, when something fails', () => {
  it('keeps the rows that the cache does not acknowledge, and applies them later', async () => {
    const source = outbox.open({ pollEvery: '20ms' })
    source.cache.answer = () => ({ propagated: false })
    await append('k')
    await until(() => source.stats().failed > 2)
    expect([await outbox.rows(), source.stats().applied]).toEqual([1, 0])
    expect(source.stats().lagMs).toBeGreaterThan(20)
    source.cache.answer = () => ({ propagated: true })
    await until(async () => (await outbox.rows()) === 0)
    await until(() => source.stats().lagMs === 0)
  })

  it('waits longer each time while the cache acknowledges nothing, through notifications', async () => {
    const clock = fakeClock()
    let notified = 0
    let queries = 0
    const connect = async () => {
      const client = await outbox.client()
      const query = client.query.bind(client) as (text: string, values?: readonly unknown[]) => Promise<never>
      client.on('notification', () => {
        notified += 1
      })
      const counted = (text: string, values?: readonly unknown[]) => {
        queries += 1
        return query(text, values)
      }
      return Object.assign(client, { query: counted }) as unknown as PostgresClient
    }
    const source = outbox.open({ clock, connect })
    source.cache.answer = () => ({ propagated: false })
    await until(() => source.stats().isBridge)
    await append('a')
    await until(() => source.stats().failed === 1 && clock.waiting === 1)
    const asked = queries
    await append('b')
    await until(() => notified === 2)
    await clock.advance(999)
    expect([source.stats().failed, queries]).toEqual([1, asked])
    await clock.advance(1)
    await until(() => source.stats().failed === 3 && clock.waiting === 1)
    await clock.advance(1_999)
    expect(source.stats().failed).toBe(3)
    source.cache.answer = () => ({ propagated: true })
    await clock.advance(1)
    await until(() => source.stats().applied === 2)
  })

  it('does not wait for a cache that hangs, beyond ackTimeout', async () => {
    const clock = fakeClock()
    const source = outbox.open({ clock, ackTimeout: '3s' })
    source.cache.answer = () => new Promise(() => {})
    await append('k')
    await until(() => source.keys().length === 1)
    await clock.advance('3s')
    await until(() => source.stats().failed === 1)
    expect(await outbox.rows()).toBe(1)
  })

  it('one row that can never work stays alone, and is told', async () => {
    const source = outbox.open({ pollEvery: '1h', batchSize: 2 })
    source.cache.answer = target => {
      if ('keys' in target && target.keys.includes('bad')) throw new Error('no')
      return { propagated: true }
    }
    for (const key of ['a', 'bad', 'b', 'c', 'd']) await append(key)
    await until(() => source.stats().applied === 4)
    expect(await outbox.rows()).toBe(1)
    expect(source.errors[0]).toMatchObject({ code: 'OUTBOX_ROW', cause: { message: 'no' } })
  })

  it('an event that no rule is for stays for a process that has one; a rule that says no is an answer', async () => {
    const target = recordingCache()
    const older = createEventRules<{ known: unknown; added: unknown }>(target, { onError: () => {} })
    older.on('known', { keys: ['known'], when: () => false })
    const first = outbox.open({ rules: older })
    await sql(`select greenlang_invalidate(event => 'added')`)
    await sql(`select greenlang_invalidate(event => 'known')`)
    await until(async () => first.stats().applied === 1 && first.errors.length > 0)
    expect([await outbox.rows(), first.errors[0]]).toEqual([
      1,
      expect.objectContaining({ code: 'OUTBOX_ROW', message: expect.stringContaining('"added"') }),
    ])
    await first.close()
    older.on('added', { keys: ['added'] })
    const second = outbox.open({ rules: older })
    await until(() => second.stats().applied === 1)
    expect([await outbox.rows(), target.asked]).toEqual([0, [{ keys: ['added'], mode: 'invalidate' }]])
    await older.close()
  })

  it('takes an outbox whose table is called as parts of its statements are', async () => {
    for (const table of ['done', 'waiting', 'applied']) {
      const names = { table, append: `append_${table}` }
      await outbox.run(outboxSql(names).up)
      const source = outbox.open(names)
      await sql(`select append_${table}(array['k'])`)
      await until(() => source.stats().applied === 1)
      await source.close()
      expect(source.errors).toEqual([])
      await outbox.run(outboxSql(names).down)
    }
  })

  it('an event without rules, or whose rule fails, stays and stops nothing', async () => {
    const source = outbox.open({ batchSize: 1 })
    await sql(`select greenlang_invalidate(event => 'lost')`)
    await append('k')
    await until(() => source.stats().applied === 1)
    expect([await outbox.rows(), source.errors[0]]).toEqual([
      1,
      expect.objectContaining({ code: 'OUTBOX_ROW' }),
    ])
    await source.close()
    const rules = createEventRules<{ lost: unknown }>(source.cache, { onError: () => {} })
    rules.on('lost', { keys: ['{id}'] })
    const second = outbox.open({ rules, batchSize: 1 })
    await append('k2')
    await until(() => second.stats().applied === 1)
    expect(second.errors[0]).toMatchObject({ code: 'OUTBOX_ROW', rowId: '1' })
    await rules.close()
  })

  it('tries for ever to connect, later each time', async () => {
    const clock = fakeClock()
    let attempts = 0
    const waits: number[] = []
    const source = outbox.open({
      clock,
      connect: async () => {
        attempts += 1
        throw new Error('refused')
      },
      onState: state => state.kind === 'down' && waits.push(state.retryInMs),
    })
    await until(async () => {
      await clock.advance('10s')
      return attempts >= 12
    })
    expect(
      waits.every((ms, n) => ms <= Math.min(100 * 2 ** n, 10_000) && ms >= Math.min(50 * 2 ** n, 5_000)),
    ).toBe(true)
    expect(source.errors[0]).toMatchObject({ message: 'refused' })
  })

  it('gives up a connection that answers nothing', async () => {
    const clock = fakeClock()
    let ended = 0
    const silent = {
      query: () => new Promise<never>(() => {}),
      on: () => silent,
      end: async () => {
        ended += 1
      },
    }
    const source = outbox.open({ clock, queryTimeout: '2s', connect: async () => silent })
    await until(async () => {
      await clock.advance('1s')
      return source.errors.length > 0
    })
    expect(source.errors[0]).toMatchObject({ code: 'DEADLINE', limitMs: 2_000 })
    expect(ended).toBeGreaterThan(0)
  })

  it('ends a connection that comes after its time', async () => {
    const clock = fakeClock()
    let ended = false
    let arrive = () => {}
    const client = {
      query: () => new Promise<never>(() => {}),
      on: () => client,
      end: async () => {
        ended = true
      },
    }
    const connect = () =>
      new Promise<typeof client>(resolve => {
        arrive = () => resolve(client)
      })
    const source = outbox.open({ clock, connect })
    await clock.advance(1)
    await source.close()
    arrive()
    await until(() => ended)
  })

  it('waits for an outbox that is not there yet', async () => {
    const source = outbox.open({ table: 'later', append: 'later_append', pollEvery: '20ms' })
    await until(() => source.errors.length > 0)
    expect(source.errors[0]).toMatchObject({ code: '42P01' })
    const steps = outboxSql({ table: 'later', append: 'later_append' })
    await outbox.run(steps.up)
    await sql(`select later_append(array['k'])`)
    await until(() => source.keys().includes('k'))
    await source.close()
    await outbox.run(steps.down)
  })

  const bad: [string, object][] = [
    ['target', { target: {} }],
    ['connect', { connect: 'postgres://' }],
    ['rules', { rules: {} }],
    ['batchSize', { batchSize: 0 }],
    ['pollEvery', { pollEvery: 0 }],
    ['lockEvery', { lockEvery: '2h' }],
    ['ackTimeout', { ackTimeout: Number.POSITIVE_INFINITY }],
    ['queryTimeout', { queryTimeout: 'soon' }],
    ['schema', { schema: '' }],
    ['channel', { channel: 'x'.repeat(64) }],
    ['clock', { clock: {} }],
    ['onState', { onState: 1 }],
    ['postgresSource.url', { url: 'x' }],
  ]
  it.each(bad)('refuses a bad %s', (option, given) => {
    const options = {
      target: { invalidate: async () => ({ propagated: true }) },
      connect: async () => null,
      ...given,
    }
    expect(() => postgresSource(options as unknown as PostgresSourceOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    )
  })
})
