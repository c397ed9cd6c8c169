export interface SetUpOptions {
  report(line: string): void
  signal?: AbortSignal
}

export const root: string
export function ensureInstalled(options: SetUpOptions): Promise<void>
export function ensureSqlite(options: SetUpOptions): Promise<void>
export function sqliteBinding(): string | undefined
