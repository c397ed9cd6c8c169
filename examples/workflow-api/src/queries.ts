/** The five statements of the service, as drizzle writes them. Each returns plain rows, ready to cache and to send. */
import { agentResults, agents, type workflowStatuses, workflows } from '@greenlang/migrations/workflow'
import { desc, eq, ilike, or, sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'

const listLength = 50
const searchLength = 20

const summary = {
  id: workflows.id,
  userId: workflows.userId,
  name: workflows.name,
  category: workflows.category,
  status: workflows.status,
  rowVersion: workflows.rowVersion,
  createdAt: workflows.createdAt,
}

export async function workflowById(database: NodePgDatabase, id: string) {
  const columns = { ...summary, description: workflows.description, definition: workflows.definition }
  const [row] = await database.select(columns).from(workflows).where(eq(workflows.id, id))
  return row
}

/** Newest first, the first 50. */
export function workflowsOfUser(database: NodePgDatabase, userId: string) {
  const newestFirst = [desc(workflows.createdAt), desc(workflows.id)]
  return database
    .select(summary)
    .from(workflows)
    .where(eq(workflows.userId, userId))
    .orderBy(...newestFirst)
    .limit(listLength)
}

export function resultsOfExecution(database: NodePgDatabase, executionId: string) {
  return database
    .select({
      id: agentResults.id,
      agent: agents.name,
      status: agentResults.status,
      executionTimeMs: agentResults.executionTimeMs,
      result: agentResults.result,
      createdAt: agentResults.createdAt,
    })
    .from(agentResults)
    .leftJoin(agents, eq(agents.id, agentResults.agentId))
    .where(eq(agentResults.workflowExecutionId, executionId))
    .orderBy(agentResults.createdAt, agentResults.id)
}

/** Workflows whose name or description contains `words`; the trigram indexes serve it. Newest first, the first 20. */
export function searchWorkflows(database: NodePgDatabase, words: string) {
  const pattern = `%${words.replace(/[\\%_]/g, '\\$&')}%`
  return database
    .select(summary)
    .from(workflows)
    .where(or(ilike(workflows.name, pattern), ilike(workflows.description, pattern)))
    .orderBy(desc(workflows.createdAt), desc(workflows.id))
    .limit(searchLength)
}

export type WorkflowStatus = (typeof workflowStatuses)[number]

/** The row's version goes up by a trigger of the schema, whoever updates it. */
export async function setWorkflowStatus(database: NodePgDatabase, id: string, status: WorkflowStatus) {
  const [row] = await database
    .update(workflows)
    .set({ status, updatedAt: sql`now()` })
    .where(eq(workflows.id, id))
    .returning({
      id: workflows.id,
      userId: workflows.userId,
      status: workflows.status,
      rowVersion: workflows.rowVersion,
    })
  return row
}
