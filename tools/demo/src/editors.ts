/**
 * A plain `set` on one process and `get` on another: who edits a workflow, a value that is in the cache alone. Each name
 * carries a number that rises, so that the ledger can tell an older one.
 */
import { Pool } from 'undici'
import type { Process } from './processes.ts'
import { createVersionLedger } from './version-ledger.ts'

export interface EditorOptions {
  readonly processes: readonly Process[]
  readonly workflowIds: readonly string[]
  /** How long to go on, in ms. */
  readonly forMs: number
  readonly signal: AbortSignal
}

export interface EditorCheck {
  readonly sets: number
  readonly gets: number
  readonly staleReads: number
  /** How long after the reply to a newer `set` a `get` still returned an older one, at worst, in ms. */
  readonly worstBehindMs: number
}

/** The first process sets, the last one gets. @throws Error if one of them does not answer as it should. */
export async function checkEditors(options: EditorOptions): Promise<EditorCheck> {
  const { processes, workflowIds, forMs, signal } = options
  const [first, last] = [processes[0] as Process, processes.at(-1) as Process]
  const writer = new Pool(first.url, { connections: workflowIds.length })
  const reader = new Pool(last.url, { connections: workflowIds.length })
  const ledger = createVersionLedger()
  const counts = { sets: 0, gets: 0, staleReads: 0, worstBehindMs: 0 }
  const began = performance.now()
  const editOne = async (id: string) => {
    for (let rowVersion = 1; performance.now() - began < forMs; rowVersion += 1) {
      await setEditor(writer, id, rowVersion, signal)
      const at = performance.now()
      ledger.acknowledge({ row: { id, rowVersion }, at, by: first.name, propagated: true })
      counts.sets += 1
      for (let seen = 0; seen < rowVersion && performance.now() - began < forMs; counts.gets += 1) {
        const begunAt = performance.now()
        // Nothing is never older: a cache may lose a value.
        seen = (await getEditor(reader, id, signal)) ?? rowVersion
        const row = { id, rowVersion: seen }
        if (ledger.isStale(row, { begunAt, from: last.name })) counts.staleReads += 1
        counts.worstBehindMs = Math.max(counts.worstBehindMs, ledger.behindMs(row, begunAt))
      }
    }
  }
  try {
    await Promise.all(workflowIds.map(editOne))
    return counts
  } finally {
    await Promise.all([writer.destroy(), reader.destroy()])
  }
}

async function setEditor(pool: Pool, id: string, version: number, signal: AbortSignal): Promise<void> {
  const { statusCode, body } = await pool.request({
    method: 'PUT',
    path: `/workflows/${id}/editor`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ editor: `editor ${version}` }),
    signal,
  })
  await body.dump()
  if (statusCode !== 204) throw new Error(`the service answered ${statusCode} to a set`)
}

async function getEditor(pool: Pool, id: string, signal: AbortSignal): Promise<number | undefined> {
  const { statusCode, body } = await pool.request({ method: 'GET', path: `/workflows/${id}/editor`, signal })
  const { editor } = (await body.json()) as { editor?: string | null }
  if (statusCode !== 200) throw new Error(`the service answered ${statusCode} to a get`)
  return editor ? Number(editor.split(' ')[1]) : undefined
}
