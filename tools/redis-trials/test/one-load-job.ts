/** What the test asks of one of its processes. */

export interface OneLoadSettings {
  readonly url: string
  readonly prefix: string
  readonly databasePort: number
  readonly number: number
  readonly loadMs: number
}

export interface Asked {
  /** Calls of the loader in this process. */
  readonly loads: number
  readonly answers: number
  /** What came, each once. */
  readonly values: readonly unknown[]
}

export interface OneLoadJob {
  /** Connects. */
  prepare(settings: OneLoadSettings): void
  /** Asks so many times at once. Each load is a commit to the database, so that it can count them. */
  ask(question: { readonly key: string; readonly times: number }): Asked
  finish(): void
}
