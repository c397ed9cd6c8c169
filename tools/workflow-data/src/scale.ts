/** How many rows of each kind. Agent results and citations follow from the executions. */
export interface Scale {
  readonly organizations: number
  readonly users: number
  readonly workflows: number
  readonly executions: number
  readonly apiKeys: number
  readonly auditLogs: number
  readonly analyticsEvents: number
  readonly notifications: number
}

export type ScaleName = 'small' | 'demo'

export const scales: Readonly<Record<ScaleName, Scale>> = {
  /** Some 6 000 rows in all: tests. */
  small: {
    organizations: 12,
    users: 120,
    workflows: 300,
    executions: 1_000,
    apiKeys: 60,
    auditLogs: 500,
    analyticsEvents: 600,
    notifications: 250,
  },
  /** Some 1.1 M rows in all. */
  demo: {
    organizations: 400,
    users: 20_000,
    workflows: 40_000,
    executions: 180_000,
    apiKeys: 8_000,
    auditLogs: 110_000,
    analyticsEvents: 130_000,
    notifications: 45_000,
  },
}
