import { agentResults } from './agent-results.ts'
import { agents } from './agents.ts'
import { analyticsEvents } from './analytics-events.ts'
import { apiKeys } from './api-keys.ts'
import { auditLogs } from './audit-logs.ts'
import { citations } from './citations.ts'
import { notifications } from './notifications.ts'
import { organizations } from './organizations.ts'
import type { TableSource } from './table-source.ts'
import { users } from './users.ts'
import { workflowExecutions } from './workflow-executions.ts'
import { workflows } from './workflows.ts'

/** All eleven, the longest work first: that is the order in which lanes take them. */
export const tableSources: readonly TableSource[] = [
  agentResults,
  workflowExecutions,
  citations,
  analyticsEvents,
  auditLogs,
  workflows,
  notifications,
  users,
  apiKeys,
  organizations,
  agents,
]
