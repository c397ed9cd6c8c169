/** Sends requests over HTTP from a fixed number of clients, each waiting for its reply, and measures every one. */
import { Pool } from 'undici'
import type { Request } from './access-pattern.ts'
import { createTally, recordRequest, type Tally } from './tally.ts'
import { type VersionLedger, versionedRows } from './version-ledger.ts'

export interface DriveOptions {
  /** Where the service listens. */
  url: string
  /** What to send next. */
  next(): Request
  ledger: VersionLedger
  /** Whether to go past the cache. */
  pastCache: boolean
  /** How many clients send at once, >= 1. */
  clients: number
  /** How long to send, in ms. */
  forMs: number
  /** Pause of each client between two requests, in ms. Default `0`. */
  pauseMs?: number
  signal: AbortSignal
  /** Called with the running tallies twice a second. Default: not. */
  onProgress?: (tallies: ReadonlyMap<string, Tally>, elapsedMs: number) => void
}

export interface Measured {
  readonly tallies: ReadonlyMap<string, Tally>
  readonly elapsedMs: number
}

const progressMs = 500

export async function drive(options: DriveOptions): Promise<Measured> {
  const { url, clients, forMs, onProgress, signal } = options
  const pool = new Pool(url, { connections: clients, pipelining: 1 })
  const tallies = new Map<string, Tally>()
  const began = performance.now()
  const progress = setInterval(() => onProgress?.(tallies, performance.now() - began), progressMs)
  const trouble: Trouble = { errorsInARow: 0 }
  const oneClient = async () => {
    while (performance.now() - began < forMs && !signal.aborted) {
      await sendOne(pool, options, tallies, trouble)
      if (options.pauseMs) await new Promise(resolve => setTimeout(resolve, options.pauseMs))
    }
  }
  try {
    await Promise.all(Array.from({ length: clients }, oneClient))
    signal.throwIfAborted()
    return { tallies, elapsedMs: performance.now() - began }
  } finally {
    clearInterval(progress)
    await pool.destroy()
  }
}

interface Trouble {
  errorsInARow: number
}

async function sendOne(
  pool: Pool,
  options: DriveOptions,
  tallies: Map<string, Tally>,
  trouble: Trouble,
): Promise<void> {
  const request = options.next()
  const tally = tallies.get(request.kind) ?? createTally()
  tallies.set(request.kind, tally)
  const begunAt = performance.now()
  try {
    const reply = await pool.request(requestOptions(request, options))
    const body = await reply.body.json()
    const endedAt = performance.now()
    trouble.errorsInARow = 0
    if (reply.statusCode !== 200) tally.errors += 1
    recordRequest(tally, endedAt - begunAt, String(reply.headers['x-served-from'] ?? 'database'))
    for (const row of versionedRows(body)) {
      if (request.kind === 'update') options.ledger.acknowledge(row.id, row.rowVersion, endedAt)
      else if (options.ledger.isStale(row, begunAt)) tally.staleReads += 1
    }
  } catch (error) {
    if (options.signal.aborted) return
    tally.errors += 1
    trouble.errorsInARow += 1
    if (trouble.errorsInARow > mostErrors)
      throw new Error(`the service fails (${(error as { code?: string }).code ?? error})`)
  }
}

const mostErrors = 100

function requestOptions(request: Request, { pastCache, signal }: DriveOptions) {
  if (request.kind === 'update') {
    const headers = { 'content-type': 'application/json' }
    return {
      method: 'PATCH',
      path: request.path,
      headers,
      body: JSON.stringify({ status: request.status }),
      signal,
    } as const
  }
  const headers = pastCache ? { 'cache-control': 'no-store' } : {}
  return { method: 'GET', path: request.path, headers, signal } as const
}
