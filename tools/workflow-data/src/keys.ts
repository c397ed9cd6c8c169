import { keysMigration } from '@greenlang/migrations/workflow'

/** One statement that makes a key or an index. */
export interface KeyStatement {
  readonly table: string
  readonly text: string
}

export interface KeyPlan {
  /** Keys and indexes by table: those of one table wait for each other anyway. */
  readonly byTable: readonly (readonly KeyStatement[])[]
  /** After all keys are there. */
  readonly foreignKeys: readonly KeyStatement[]
}

/** The statements of `0002_keys`, tables in the order of `tables`: the longest work first. */
export function planKeys(tables: readonly string[]): KeyPlan {
  const statements = keysMigration.up
    .replace(/^--.*$/gm, '')
    .split(/;\s*$/m)
    .map(text => text.trim())
    .filter(text => text !== '')
    .map(text => ({ text, table: tableOf(text) }))
  const isForeign = ({ text }: KeyStatement) => text.includes('FOREIGN KEY')
  const keys = statements.filter(statement => !isForeign(statement))
  return {
    byTable: tables.map(table => keys.filter(statement => statement.table === table)),
    foreignKeys: statements.filter(isForeign),
  }
}

function tableOf(text: string): string {
  return /^ALTER TABLE (\w+)/.exec(text)?.[1] ?? / ON (\w+)/.exec(text)?.[1] ?? ''
}
