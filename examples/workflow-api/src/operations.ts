/** What people and machines watch: the page, live numbers, health and metrics. */
import { readFileSync } from 'node:fs'
import { systemClock } from '@greenlang/core'
import type { FastifyInstance } from 'fastify'
import type { Backends } from './backends.ts'
import type { Live } from './live.ts'

/** Whoever asks for the health gives up soon after, in ms. */
const healthMs = 2_000

const page = readFileSync(new URL('./page.html', import.meta.url), 'utf8')

/** Something to click on the page; the demo fills in ids that exist. */
export interface Example {
  readonly label: string
  readonly path: string
}

/** What the page shows beside numbers. */
export interface Shown {
  readonly examples: readonly Example[]
  readonly processName?: string | undefined
}

export function addOperations(
  app: FastifyInstance,
  backends: Backends,
  live: Live,
  { examples, processName }: Shown,
): void {
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(page))

  app.get('/live', () => ({
    ...live.numbers(),
    cache: backends.cache.analytics(),
    circuits: Object.fromEntries(backends.circuits),
    pool: backends.pool.stats(),
    examples,
    process: processName ?? null,
  }))

  app.get('/health', async (_request, reply) => {
    const asked = backends.pool.query('select 1').then(
      () => 'up',
      () => 'down',
    )
    const database = await Promise.race([
      asked,
      systemClock.sleep(healthMs, { ref: false }).then(() => 'down'),
    ])
    const { active, idle, waiting } = backends.pool.stats()
    const tiers = backends.cache.analytics().tiers.map(({ name, failures }) => ({ name, failures }))
    const status = database === 'up' ? 'ok' : 'failing'
    return reply
      .code(database === 'up' ? 200 : 503)
      .send({ status, database, pool: { active, idle, waiting }, tiers })
  })

  app.get('/metrics', async (_request, reply) =>
    reply.type(backends.metrics.contentType).send(await backends.metrics.expose()),
  )
}
