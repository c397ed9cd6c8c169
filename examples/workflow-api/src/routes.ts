/** The service's addresses. `cache-control: no-store` on a request goes past the cache, straight to the database. */
import type { Detailed, LoadContext } from '@greenlang/cache-manager'
import { systemClock } from '@greenlang/core'
import { workflowStatuses } from '@greenlang/migrations/workflow'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Backends } from './backends.ts'
import type { Live } from './live.ts'
import {
  resultsOfExecution,
  searchWorkflows,
  setWorkflowStatus,
  type WorkflowStatus,
  workflowById,
  workflowsOfUser,
} from './queries.ts'

const byId = { params: { type: 'object', properties: { id: { type: 'string', format: 'uuid' } } } }
const bySearch = {
  querystring: {
    type: 'object',
    required: ['q'],
    properties: { q: { type: 'string', minLength: 3, maxLength: 100 } },
  },
}
const byStatus = {
  ...byId,
  body: { type: 'object', required: ['status'], properties: { status: { enum: workflowStatuses } } },
}

const byEditor = {
  ...byId,
  body: {
    type: 'object',
    required: ['editor'],
    properties: { editor: { type: 'string', minLength: 1, maxLength: 100 } },
  },
}

/** One read: the key and tags of what it returns, and how it is loaded. */
interface Read {
  readonly key: string
  readonly tags: readonly string[]
  load(): Promise<unknown>
}

export function addRoutes(app: FastifyInstance, { cache, database }: Backends, live: Live): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply, { key, tags, load }: Read) => {
    const began = systemClock.now()
    const past = request.headers['cache-control'] === 'no-store'
    const found = past
      ? undefined
      : await cache.getOrSetDetailed(key, context => loadInTime(load, context), { tags })
    const result = found ? found.value : await load()
    const servedFrom = found ? placeOf(found) : 'database'
    live.record(servedFrom, systemClock.now() - began)
    reply.header('x-served-from', servedFrom)
    if (found?.why) reply.header('x-stale', found.why)
    if (result === undefined) return reply.code(404).send({ error: 'not found' })
    return reply.send(result)
  }

  app.get<{ Params: { id: string } }>('/workflows/:id', { schema: byId }, (request, reply) => {
    const { id } = request.params
    const read = { key: `workflow:${id}`, tags: [`workflow:${id}`], load: () => workflowById(database, id) }
    return answer(request, reply, read)
  })

  app.get<{ Params: { id: string } }>('/users/:id/workflows', { schema: byId }, (request, reply) => {
    const { id } = request.params
    const read = {
      key: `user:${id}:workflows`,
      tags: [`user:${id}`],
      load: () => workflowsOfUser(database, id),
    }
    return answer(request, reply, read)
  })

  app.get<{ Params: { id: string } }>('/executions/:id/results', { schema: byId }, (request, reply) => {
    const { id } = request.params
    const read = { key: `execution:${id}:results`, tags: [], load: () => resultsOfExecution(database, id) }
    return answer(request, reply, read)
  })

  app.get<{ Querystring: { q: string } }>('/search', { schema: bySearch }, (request, reply) => {
    const words = request.query.q.toLowerCase()
    const read = { key: `search:${words}`, tags: ['search'], load: () => searchWorkflows(database, words) }
    return answer(request, reply, read)
  })

  app.patch<{ Params: { id: string }; Body: { status: WorkflowStatus } }>(
    '/workflows/:id',
    { schema: byStatus },
    async (request, reply) => {
      const row = await setWorkflowStatus(database, request.params.id, request.body.status)
      if (!row) return reply.code(404).send({ error: 'not found' })
      // After the commit, before the reply: whoever reads after the reply sees the new row.
      const { propagated } = await cache.invalidate({
        tags: [`workflow:${row.id}`, `user:${row.userId}`, 'search'],
      })
      // Whether the other processes are sure to hear it, and so to forget the old row within the lease.
      reply.header('x-propagated', String(propagated))
      return reply.send(row)
    },
  )
}

/** A tier's name where it had a fresh value, or `load`; `join` for who waited for the load of another, `grace` for a stale value. */
function placeOf({ source, state, joined }: Detailed<unknown>): string {
  if (state === 'stale') return 'grace'
  return joined ? 'join' : (source ?? 'load')
}

/** How long a load is waited for where a stale value can stand in for it, in ms. */
const patienceMs = 1_000

/** A load that nothing can stand in for takes the time it takes: late is better than failed. */
async function loadInTime(load: () => Promise<unknown>, { stale, fail }: LoadContext): Promise<unknown> {
  if (!stale) return load()
  const limit = new AbortController()
  const late = systemClock.sleep(patienceMs, { signal: limit.signal }).then(
    () => fail(`the database did not answer within ${patienceMs} ms`),
    () => undefined,
  )
  try {
    return await Promise.race([load(), late])
  } finally {
    limit.abort()
  }
}

/** Who edits a workflow right now: told by whoever does, and kept in the cache alone. */
export function addEditorRoutes(app: FastifyInstance, { cache }: Backends): void {
  app.get<{ Params: { id: string } }>('/workflows/:id/editor', { schema: byId }, async request => ({
    editor: (await cache.get<string>(`editor:${request.params.id}`)) ?? null,
  }))

  app.put<{ Params: { id: string }; Body: { editor: string } }>(
    '/workflows/:id/editor',
    { schema: byEditor },
    async (request, reply) => {
      await cache.set(`editor:${request.params.id}`, request.body.editor, { ttl: '1m', grace: 0 })
      return reply.code(204).send()
    },
  )
}
