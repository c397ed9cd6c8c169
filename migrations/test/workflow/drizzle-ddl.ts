/** The tables as drizzle describes them, written as SQL: what drizzle-kit would create, for comparison. */
import { getTableName, is, SQL } from 'drizzle-orm'
import { getTableConfig, IndexedColumn, PgDialect, type PgTable } from 'drizzle-orm/pg-core'

const dialect = new PgDialect()

type Column = ReturnType<typeof getTableConfig>['columns'][number]

export function drizzleDdl(tables: readonly PgTable[]): string {
  return [...tables.map(createTable), ...tables.flatMap(foreignKeys), ...tables.flatMap(indexes)].join(';\n')
}

function createTable(table: PgTable): string {
  const { name, columns, checks, uniqueConstraints } = getTableConfig(table)
  const lines = [
    ...columns.map(columnLine),
    ...columns.flatMap(column =>
      column.isUnique ? [`CONSTRAINT ${column.uniqueName} UNIQUE (${column.name})`] : [],
    ),
    ...uniqueConstraints.map(
      one => `CONSTRAINT ${one.getName()} UNIQUE (${one.columns.map(column => column.name).join(', ')})`,
    ),
    ...checks.map(one => `CONSTRAINT ${one.name} CHECK (${text(one.value)})`),
  ]
  return `CREATE TABLE ${name} (${lines.join(',\n')})`
}

function columnLine(column: Column): string {
  const parts = [column.name, column.getSQLType()]
  if (column.primary) parts.push('PRIMARY KEY')
  if (column.notNull) parts.push('NOT NULL')
  if (column.default !== undefined) parts.push(`DEFAULT ${defaultOf(column.default)}`)
  return parts.join(' ')
}

function defaultOf(value: unknown): string {
  if (is(value, SQL)) return text(value)
  if (typeof value === 'object') return `'${JSON.stringify(value)}'`
  return typeof value === 'string' ? `'${value}'` : String(value)
}

function foreignKeys(table: PgTable): string[] {
  return getTableConfig(table).foreignKeys.map(key => {
    const { columns, foreignColumns, foreignTable } = key.reference()
    const own = columns.map(column => column.name).join(', ')
    const other = foreignColumns.map(column => column.name).join(', ')
    const rule = key.onDelete ? ` ON DELETE ${key.onDelete}` : ''
    return `ALTER TABLE ${getTableName(table)} ADD CONSTRAINT ${key.getName()}
      FOREIGN KEY (${own}) REFERENCES ${getTableName(foreignTable)} (${other})${rule}`
  })
}

function indexes(table: PgTable): string[] {
  return getTableConfig(table).indexes.map(({ config }) => {
    const keys = config.columns.map(key => {
      if (is(key, SQL)) return text(key)
      if (!is(key, IndexedColumn)) throw new Error(`index ${config.name} has a key of an unknown kind`)
      return `${key.name} ${key.indexConfig.opClass ?? ''}`
    })
    const kind = config.unique ? 'UNIQUE INDEX' : 'INDEX'
    return `CREATE ${kind} ${config.name} ON ${getTableName(table)} USING ${config.method} (${keys.join(', ')})`
  })
}

/** An expression as SQL: no bind values are allowed in a definition. */
function text(expression: SQL): string {
  const { sql, params } = dialect.sqlToQuery(expression)
  if (params.length > 0) throw new Error(`an expression of the schema has bind values: ${sql}`)
  return sql
}
