import { createTestDatabase, type TemporaryDatabase } from '@greenlang/servers'
import { type LoadProgress, type LoadResult, loadWorkflowData, sampleKeys } from '@greenlang/workflow-data'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'

const now = Date.UTC(2026, 5, 1, 12)

let database: TemporaryDatabase
let client: pg.Client
let result: LoadResult
const told: LoadProgress[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  result = await loadWorkflowData({ url: database.url, scale: 'small', now, onProgress: p => told.push(p) })
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})

afterAll(async () => {
  await client?.end()
  await database?.drop()
})

const rowsOf = async (text: string, values: unknown[] = []) => (await client.query(text, values)).rows
const numberOf = async (text: string, values: unknown[] = []) =>
  Number(Object.values((await rowsOf(text, values))[0] ?? {})[0])

describe('a small load', () => {
  it('holds the rows it says, in all eleven tables', async () => {
    expect(Object.keys(result.rows)).toHaveLength(11)
    for (const [table, rows] of Object.entries(result.rows)) {
      expect(rows).toBeGreaterThan(0)
      expect(await numberOf(`SELECT count(*) FROM ${table}`)).toBe(rows)
    }
    expect(result.totalRows).toBe(Object.values(result.rows).reduce((sum, rows) => sum + rows, 0))
    expect(result.totalRows).toBeGreaterThan(4_000)
  })

  it('has every key and index of the migrations, valid', async () => {
    expect(await numberOf(`SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated`)).toBe(13)
    expect(
      await numberOf(`SELECT count(*) FROM pg_constraint WHERE contype IN ('f', 'c') AND NOT convalidated`),
    ).toBe(0)
    expect(await numberOf('SELECT count(*) FROM pg_index WHERE NOT indisvalid')).toBe(0)
    expect(await numberOf(`SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'`)).toBe(30)
  })

  it('has statistics for the planner', async () => {
    const text = 'SELECT count(DISTINCT tablename) FROM pg_stats WHERE tablename = ANY($1)'
    expect(await numberOf(text, [Object.keys(result.rows)])).toBe(11)
  })

  it('is skewed: the busiest 1 % of workflows have over a quarter of all executions', async () => {
    const share = await numberOf(`SELECT sum(n) FILTER (WHERE rank <= 3) / sum(n) FROM (
      SELECT count(*) AS n, row_number() OVER (ORDER BY count(*) DESC) AS rank
      FROM workflow_executions GROUP BY workflow_id) AS t`)
    expect(share).toBeGreaterThan(0.25)
  })

  it('has every status, most executions completed', async () => {
    const statuses = await rowsOf(
      'SELECT status, count(*)::int AS n FROM workflow_executions GROUP BY 1 ORDER BY 2 DESC',
    )
    expect(statuses.map(row => row.status).sort()).toEqual([
      'cancelled',
      'completed',
      'error',
      'failed',
      'pending',
      'queued',
      'running',
    ])
    expect(statuses[0]).toMatchObject({ status: 'completed' })
    expect(statuses[0].n / 1_000).toBeGreaterThan(0.8)
    expect(await numberOf('SELECT count(DISTINCT status) FROM agent_results')).toBe(5)
    expect(await numberOf('SELECT count(DISTINCT status) FROM workflows')).toBe(4)
  })

  it('lies within 90 days that end at now, and no time runs backwards', async () => {
    const window = await rowsOf(
      'SELECT min(created_at) AS first, max(created_at) AS last FROM workflow_executions',
    )
    expect(window[0].first.getTime()).toBeGreaterThanOrEqual(now - 90 * 86_400_000)
    expect(window[0].last.getTime()).toBeLessThanOrEqual(now)
    expect(
      await numberOf(
        'SELECT count(*) FROM workflow_executions WHERE completed_at < started_at OR started_at < created_at',
      ),
    ).toBe(0)
    expect(
      await numberOf(`SELECT count(*) FROM workflow_executions e JOIN workflows w ON w.id = e.workflow_id
      WHERE e.created_at < w.created_at`),
    ).toBe(0)
    expect(
      await numberOf(`SELECT count(*) FROM workflows w JOIN users u ON u.id = w.user_id
      WHERE w.created_at < u.created_at OR w.organization_id <> u.organization_id`),
    ).toBe(0)
  })

  it('agrees with itself: an output is what its input and its citation give', async () => {
    const [wrong] =
      await rowsOf(`SELECT count(*)::int AS n, count(*) FILTER (WHERE c.ef_cid <> e.output->>'efCid'
        OR abs((e.output->>'kgCO2e')::numeric - (e.input->>'energyKwh')::numeric * (c.details->>'value')::numeric / 1000) > 0.001
      )::int AS wrong FROM citations c JOIN workflow_executions e ON e.id = c.workflow_execution_id
      WHERE c.citation_type = 'emission_factor'`)
    expect(wrong.n).toBeGreaterThan(300)
    expect(wrong.wrong).toBe(0)
    expect(
      await numberOf(`SELECT count(*) FROM workflow_executions e WHERE status = 'completed'
      AND (output->>'steps')::int <> (SELECT count(*) FROM agent_results r WHERE r.workflow_execution_id = e.id)`),
    ).toBe(0)
  })

  it('carries backslashes, newlines and quotes as they were made', async () => {
    expect(
      await numberOf(
        `SELECT count(*) FROM workflow_executions WHERE error_message LIKE '%(C:\\\\meters\\\\%'`,
      ),
    ).toBeGreaterThan(0)
    expect(
      await numberOf(`SELECT count(*) FROM workflow_executions WHERE error_message LIKE E'%\\n%' `),
    ).toBeGreaterThan(0)
    expect(
      await numberOf(`SELECT count(*) FROM workflow_executions WHERE error_message LIKE '%zone "%'`),
    ).toBeGreaterThan(0)
    expect(
      await numberOf(`SELECT count(*) FROM workflow_executions WHERE error_message LIKE '%\\\\n%'`),
    ).toBe(0)
  })

  it('keeps no key: what is stored is its hash', async () => {
    expect(
      await numberOf(
        `SELECT count(*) FROM api_keys WHERE key_hash !~ '^[0-9a-f]{64}$' OR key_prefix !~ '^glk_'`,
      ),
    ).toBe(0)
  })

  it('names ids and words that are there, the busiest first', async () => {
    const { workflowIds, userIds, executionIds, searchWords } = result.sample
    const present = (table: string, ids: readonly string[]) =>
      numberOf(`SELECT count(*) FROM ${table} WHERE id = ANY($1)`, [ids])
    expect(await present('workflows', workflowIds)).toBe(300)
    expect(await present('users', userIds)).toBe(120)
    expect(await present('workflow_executions', executionIds)).toBe(1_000)
    const runs = (id: string | undefined) =>
      numberOf('SELECT count(*) FROM workflow_executions WHERE workflow_id = $1', [id])
    expect(await runs(workflowIds[0])).toBeGreaterThan(10 * (await runs(workflowIds[200])))
    const newest = await rowsOf('SELECT id FROM workflow_executions ORDER BY created_at DESC LIMIT 3')
    expect(newest.map(row => row.id)).toEqual(executionIds.slice(0, 3))
    const misses = await rowsOf(
      `SELECT word FROM unnest($1::text[]) AS word WHERE NOT EXISTS (SELECT FROM workflows WHERE name ILIKE '%' || word || '%')`,
      [searchWords],
    )
    expect([misses, searchWords.length > 200]).toEqual([[], true])
  })

  it('is known to another process by scale and seed', () => {
    expect(sampleKeys({ scale: 'small' })).toEqual(result.sample)
    expect(sampleKeys({ scale: 'small', seed: 2, count: 5 }).userIds).toHaveLength(5)
    expect(sampleKeys({ scale: 'small', seed: 2 }).userIds).not.toContain(result.sample.userIds[0])
  })

  it('is told of from beginning to end, never backwards', () => {
    expect([...new Set(told.map(progress => progress.phase))]).toEqual(['create', 'copy', 'index', 'analyze'])
    const fractions = told.map(progress => progress.fraction)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
    expect(told.at(-1)).toMatchObject({ fraction: 1, rows: result.totalRows, totalRows: result.totalRows })
    expect(fractions.filter(fraction => fraction === 1)).toHaveLength(1)
  })

  it('is the same again, byte for byte, and another with another seed', async () => {
    const first = await checksums(client)
    for (const [seed, isSame] of [
      [1, true],
      [2, false],
    ] as const) {
      const other = await createTestDatabase()
      try {
        await loadWorkflowData({ url: other.url, scale: 'small', now, seed })
        const again = new pg.Client({ connectionString: other.url })
        await again.connect()
        const second = await checksums(again)
        await again.end()
        expect(JSON.stringify(second) === JSON.stringify(first)).toBe(isSame)
      } finally {
        await other.drop()
      }
    }
  })
})

async function checksums(of: pg.Client): Promise<Record<string, string>> {
  const sums: Record<string, string> = {}
  for (const table of Object.keys(result.rows).sort()) {
    const text = `SELECT md5(string_agg(t::text, E'\\n' ORDER BY id)) AS sum FROM ${table} AS t`
    sums[table] = (await of.query(text)).rows[0].sum
  }
  return sums
}
