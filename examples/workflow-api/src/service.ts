import { isGreenlangError, systemClock } from '@greenlang/core'
import fastify, { type FastifyInstance } from 'fastify'
import { type Backends, openBackends } from './backends.ts'
import { createLive } from './live.ts'
import { addOperations, type Example } from './operations.ts'
import { addEditorRoutes, addRoutes } from './routes.ts'
import { SettingError, type Settings } from './settings.ts'

export interface Service {
  /** Where it listens, e.g. `http://127.0.0.1:3000`. */
  readonly url: string
  /** Lets running requests end, then closes cache, pool and metrics. Idempotent. */
  close(): Promise<void>
}

/**
 * Opens pool and cache, checks that the database answers, and listens.
 * @throws SettingError in one sentence when the database does not answer or the port is taken; nothing is left open.
 */
export async function startService(settings: Settings, examples: readonly Example[] = []): Promise<Service> {
  const backends = await openBackends(settings)
  const app = fastify({ forceCloseConnections: 'idle' })
  const live = createLive(systemClock)
  addRoutes(app, backends, live)
  addEditorRoutes(app, backends)
  addOperations(app, backends, live, { examples, processName: settings.processName })
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const statusCode = statusOf(error)
    return reply
      .code(statusCode)
      .send({ error: statusCode < 500 ? error.message : 'the service cannot answer now' })
  })
  const close = once(() => closeAll(app, backends))
  try {
    await backends.pool.query('select 1').catch(error => {
      throw new SettingError(
        `the database of DATABASE_URL does not answer (${reasonOf(error)}); start it or correct the url`,
      )
    })
    const url = await app.listen({ host: settings.host, port: settings.port }).catch(error => {
      throw new SettingError(
        `port ${settings.port} cannot be listened on (${error.code}); set PORT to a free one`,
      )
    })
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function closeAll(app: FastifyInstance, backends: Backends): Promise<void> {
  await app.close()
  await backends.close()
}

function statusOf(error: Error & { statusCode?: number }): number {
  if (isGreenlangError(error, 'ACQUIRE_TIMEOUT')) return 503
  if (isGreenlangError(error, 'QUERY_TIMEOUT')) return 504
  return error.statusCode ?? 500
}

/** The code of the innermost cause: `ECONNREFUSED` says more than `ACQUIRE_TIMEOUT`. */
function reasonOf(error: { code?: string; message: string; cause?: unknown }): string {
  const cause = error.cause as typeof error | undefined
  return cause ? reasonOf(cause) : (error.code ?? error.message)
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= work()
    return running
  }
}
