import {
  applyWorkflowSchema,
  baseMigration,
  dropWorkflowSchema,
  keysMigration,
  workflowExecutions,
  workflowMigrations,
  workflowSchema,
  workflows,
} from '@greenlang/migrations/workflow'
import { createTestDatabase, type TemporaryDatabase } from '@greenlang/servers'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { isEmpty, readCatalog } from './catalog.ts'
import { drizzleDdl } from './drizzle-ddl.ts'

let database: TemporaryDatabase
let client: pg.Client

beforeEach(async () => {
  database = await createTestDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})

afterEach(async () => {
  await client.end()
  await database.drop()
})

describe('the schema in SQL and in drizzle', () => {
  it('agree on tables, columns, types, nulls, defaults, keys, checks and indexes', async () => {
    await applyWorkflowSchema(client)
    const fromSql = await readCatalog(client)
    await client.query('CREATE SCHEMA by_drizzle')
    await client.query('SET search_path = by_drizzle, public')
    await client.query(drizzleDdl(Object.values(workflowSchema)))
    const fromDrizzle = await readCatalog(client)

    expect(fromDrizzle.columns).toEqual(fromSql.columns)
    expect(fromDrizzle.constraints).toEqual(fromSql.constraints)
    expect(fromDrizzle.indexes).toEqual(fromSql.indexes)
    expect(new Set(fromSql.columns.map(column => (column as { table_name: string }).table_name)).size).toBe(
      11,
    )
  })

  it('read and write through drizzle, with defaults filled in', async () => {
    await applyWorkflowSchema(client)
    const db = drizzle(client, { schema: workflowSchema })
    const { flow } = await seedOneWorkflow(client)
    const [row] = await db.select().from(workflows).where(eq(workflows.id, flow))
    expect(row).toMatchObject({ id: flow, status: 'draft', rowVersion: 1, definition: {}, isPublic: false })
    expect(row?.createdAt).toEqual(row?.updatedAt)
  })
})

describe('up and down', () => {
  it('leave nothing behind and can go up again', async () => {
    await applyWorkflowSchema(client)
    const first = await readCatalog(client)
    await dropWorkflowSchema(client)
    expect(await isEmpty(client)).toBe(true)
    await applyWorkflowSchema(client)
    expect(await readCatalog(client)).toEqual(first)
  })

  it('take the keys away and bring them back over rows', async () => {
    await applyWorkflowSchema(client)
    const first = await readCatalog(client)
    await seedOneWorkflow(client)
    await client.query(keysMigration.down)
    expect((await readCatalog(client)).indexes).toEqual([])
    expect((await client.query('SELECT FROM workflows')).rowCount).toBe(1)
    await client.query(keysMigration.up)
    expect(await readCatalog(client)).toEqual(first)
  })

  it('go down from any half-made state, and from none', async () => {
    await dropWorkflowSchema(client)
    await client.query(baseMigration.up)
    await client.query(statementsOf(keysMigration.up).slice(0, 20).join(';'))
    await dropWorkflowSchema(client)
    expect(await isEmpty(client)).toBe(true)
  })

  it('fail whole when a table is in the way', async () => {
    await client.query('CREATE TABLE citations (of text)')
    await expect(applyWorkflowSchema(client)).rejects.toThrow('relation "citations" already exists')
    expect((await readCatalog(client)).columns).toHaveLength(1)
  })

  it('fail whole the second time', async () => {
    await applyWorkflowSchema(client)
    const first = await readCatalog(client)
    await expect(applyWorkflowSchema(client)).rejects.toMatchObject({ code: '42723' })
    expect(await readCatalog(client)).toEqual(first)
  })

  it('leave pg_trgm to whoever made it', async () => {
    await client.query('CREATE EXTENSION pg_trgm')
    await applyWorkflowSchema(client)
    await dropWorkflowSchema(client)
    expect((await readCatalog(client)).extensions).toEqual([{ extname: 'pg_trgm' }])
  })

  it('leave pg_trgm, though ours, where something else uses it by now', async () => {
    await applyWorkflowSchema(client)
    await client.query('CREATE TABLE notes (text text)')
    await client.query('CREATE INDEX ON notes USING gin (text gin_trgm_ops)')
    await dropWorkflowSchema(client)
    expect((await readCatalog(client)).extensions).toEqual([{ extname: 'pg_trgm' }])
    expect((await readCatalog(client)).indexes).toHaveLength(1)
  })
})

describe('rows', () => {
  it('count their versions whatever the statement says', async () => {
    await applyWorkflowSchema(client)
    const { flow } = await seedOneWorkflow(client)
    await client.query(`UPDATE workflows SET status = 'active'`)
    await client.query(`UPDATE workflows SET status = 'paused', row_version = row_version + 1`)
    const { rows } = await client.query(`UPDATE workflows SET row_version = 77 RETURNING row_version, id`)
    expect(rows).toEqual([{ row_version: '4', id: flow }])
  })

  it('carry a version in each table that says when it was updated', async () => {
    await applyWorkflowSchema(client)
    const { columns, triggers } = await readCatalog(client)
    const having = (name: string) =>
      (columns as { table_name: string; column_name: string }[])
        .filter(column => column.column_name === name)
        .map(column => column.table_name)
    expect(having('row_version')).toEqual(having('updated_at'))
    expect((triggers as { table_name: string }[]).map(trigger => trigger.table_name)).toEqual(
      having('row_version'),
    )
  })

  it('refuse a status that does not exist, a second account of one address, an execution of no workflow', async () => {
    await applyWorkflowSchema(client)
    const { user } = await seedOneWorkflow(client)
    await expect(client.query(`UPDATE workflows SET status = 'gone'`)).rejects.toMatchObject({
      code: '23514',
    })
    await expect(
      client.query(
        `INSERT INTO users (organization_id, email) SELECT organization_id, upper(email) FROM users`,
      ),
    ).rejects.toMatchObject({ code: '23505' })
    const insert = drizzle(client)
      .insert(workflowExecutions)
      .values({ workflowId: crypto.randomUUID(), userId: user })
    await expect(insert).rejects.toMatchObject({ cause: { code: '23503' } })
  })

  it('go with their execution, except citations', async () => {
    await applyWorkflowSchema(client)
    await seedOneWorkflow(client)
    await client.query(
      `INSERT INTO workflow_executions (workflow_id, user_id) SELECT id, user_id FROM workflows`,
    )
    await client.query(`INSERT INTO agents (name, type) VALUES ('grid', 'calculator')`)
    await client.query(`INSERT INTO agent_results (workflow_execution_id, agent_id)
      SELECT e.id, a.id FROM workflow_executions e, agents a`)
    await client.query(`INSERT INTO citations (workflow_execution_id, agent_id, citation_type, source, title)
      SELECT e.id, a.id, 'guidance', 's', 't' FROM workflow_executions e, agents a`)
    await expect(client.query('DELETE FROM workflow_executions')).rejects.toMatchObject({ code: '23503' })
    await client.query('DELETE FROM citations')
    await client.query('DELETE FROM workflow_executions')
    expect((await client.query('SELECT FROM agent_results')).rowCount).toBe(0)
  })
})

describe('the files', () => {
  it('say why, what they lock, how long they take and how to undo them', () => {
    for (const { up, down } of workflowMigrations)
      for (const file of [up, down])
        for (const word of ['Why:', 'Locks:', 'Time:', 'Undo:']) expect(file).toContain(`-- ${word}`)
  })

  it('hold keys as plain statements, foreign keys last', () => {
    const statements = statementsOf(keysMigration.up)
    expect(
      statements.every(one => /^(ALTER TABLE \w+ ADD CONSTRAINT|CREATE (UNIQUE )?INDEX)\s/.test(one)),
    ).toBe(true)
    const kinds = statements.map(one => one.includes('FOREIGN KEY'))
    expect(kinds).toEqual([...kinds].sort())
    expect(kinds.filter(Boolean)).toHaveLength(13)
  })
})

function statementsOf(file: string): string[] {
  const bare = file.replace(/^--.*$/gm, '')
  return bare
    .split(/;\s*$/m)
    .map(one => one.trim())
    .filter(one => one !== '')
}

async function seedOneWorkflow(queryable: pg.Client): Promise<{ user: string; flow: string }> {
  const { rows } = await queryable.query(`
    WITH o AS (INSERT INTO organizations (name, slug, organization_type) VALUES ('Acme', 'acme', 'utility') RETURNING id),
      u AS (INSERT INTO users (organization_id, email) SELECT id, 'ann@example.org' FROM o RETURNING id, organization_id)
    INSERT INTO workflows (user_id, organization_id, name) SELECT id, organization_id, 'Estimate steam' FROM u
    RETURNING id AS flow, user_id AS user`)
  return rows[0]
}
