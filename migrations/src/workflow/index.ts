export { agentResultStatuses, agentResults } from './agent-results.ts'
export { agents } from './agents.ts'
export { analyticsEvents } from './analytics-events.ts'
export { apiKeys } from './api-keys.ts'
export { auditLogs, auditResults } from './audit-logs.ts'
export { citations, citationTypes } from './citations.ts'
export type { JsonObject } from './columns.ts'
export {
  applyWorkflowSchema,
  baseMigration,
  dropWorkflowSchema,
  keysMigration,
  type Migration,
  workflowMigrations,
} from './migrations.ts'
export { notifications } from './notifications.ts'
export { organizations } from './organizations.ts'
export { workflowSchema } from './schema.ts'
export { userRoles, users } from './users.ts'
export { workflowExecutionStatuses, workflowExecutions } from './workflow-executions.ts'
export { workflowStatuses, workflows } from './workflows.ts'
