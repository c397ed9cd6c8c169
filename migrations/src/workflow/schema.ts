import { agentResults } from './agent-results.ts'
import { agents } from './agents.ts'
import { analyticsEvents } from './analytics-events.ts'
import { apiKeys } from './api-keys.ts'
import { auditLogs } from './audit-logs.ts'
import { citations } from './citations.ts'
import { notifications } from './notifications.ts'
import { organizations } from './organizations.ts'
import { users } from './users.ts'
import { workflowExecutions } from './workflow-executions.ts'
import { workflows } from './workflows.ts'

/** All eleven tables, parents before children: `drizzle(pool, { schema: workflowSchema })`. */
export const workflowSchema = {
  organizations,
  users,
  workflows,
  agents,
  workflowExecutions,
  agentResults,
  citations,
  apiKeys,
  auditLogs,
  analyticsEvents,
  notifications,
}
