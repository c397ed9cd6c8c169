/** Rows of one statement, as `pg` returns them. */
export interface QueryRows<Row> {
  readonly rows: Row[]
  /** Rows returned or changed; `null` where the statement has no such count. */
  readonly rowCount: number | null
}

/** Anything SQL can be sent to. A `pg.Pool`, a `pg.Client` and our own pool fit as they are. */
export interface Queryable {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<QueryRows<Row>>
}
