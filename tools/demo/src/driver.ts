/** Sends requests over HTTP from a fixed number of clients, each waiting for its reply, and measures every one. */
import { Pool } from 'undici'
import type { Request } from './access-pattern.ts'
import type { Process, Route } from './processes.ts'
import { createTally, recordRequest, type Tally } from './tally.ts'
import { type Read, type VersionedRow, type VersionLedger, versionedRows } from './version-ledger.ts'

export interface DriveOptions {
  /** Where the service listens, one or more. */
  processes: readonly Process[]
  /** Which of them to ask. */
  route: Route
  /** What to send next. */
  next(): Request
  ledger: VersionLedger
  /** Whether to go past the cache. */
  pastCache: boolean
  /** How many clients send at once, >= 1. */
  clients: number
  /** How long to send, in ms. */
  forMs: number
  /** Ends the sending before. Default: nothing does. */
  until?: AbortSignal
  /** A name under which a request that begins now is counted once more. Default: none. */
  label?(): string
  /** Pause of each client between two requests, in ms. Default `0`. */
  pauseMs?: number
  signal: AbortSignal
  /** Called with the running tallies twice a second. Default: not. */
  onProgress?: (tallies: ReadonlyMap<string, Tally>, elapsedMs: number) => void
}

export interface Measured {
  /** By kind of request; and the reads of each process once more, as `readsAt` names them. */
  readonly tallies: ReadonlyMap<string, Tally>
  readonly elapsedMs: number
  readonly lag: Lag
}

/** How long a process that had not made an update went on without it. */
export interface Lag {
  /** Reads that began after the reply and returned the older version. */
  reads: number
  /** The last of them began so long after it, in ms. */
  worstMs: number
  /** Updates whose process was not sure that the others would hear of it. */
  unpropagated: number
}

export function readsAt(process: Process): string {
  return `reads at ${process.name}`
}

const progressMs = 500

export async function drive(options: DriveOptions): Promise<Measured> {
  const { processes, clients, forMs, onProgress, signal, until } = options
  const pools = processes.map(({ url }) => new Pool(url, { connections: clients, pipelining: 1 }))
  const lag = { reads: 0, worstMs: 0, unpropagated: 0 }
  const tallies = new Map<string, Tally>()
  const began = performance.now()
  const progress = setInterval(() => onProgress?.(tallies, performance.now() - began), progressMs)
  const trouble: Trouble = { errorsInARow: 0 }
  const oneClient = async () => {
    while (performance.now() - began < forMs && !signal.aborted && !until?.aborted) {
      await sendOne(pools, options, { tallies, lag, trouble })
      if (options.pauseMs) await new Promise(resolve => setTimeout(resolve, options.pauseMs))
    }
  }
  try {
    await Promise.all(Array.from({ length: clients }, oneClient))
    signal.throwIfAborted()
    return { tallies, lag, elapsedMs: performance.now() - began }
  } finally {
    clearInterval(progress)
    await Promise.all(pools.map(pool => pool.destroy()))
  }
}

interface Trouble {
  errorsInARow: number
}

interface Books {
  readonly tallies: Map<string, Tally>
  readonly lag: Lag
  readonly trouble: Trouble
}

async function sendOne(pools: readonly Pool[], options: DriveOptions, books: Books): Promise<void> {
  const request = options.next()
  const place = options.route(request)
  const [pool, process] = [pools[place] as Pool, options.processes[place] as Process]
  const names = request.kind === 'update' ? [request.kind] : [request.kind, readsAt(process)]
  if (options.label) names.push(options.label())
  const tallies = names.map(name => tallyOf(books, name))
  const begunAt = performance.now()
  try {
    const reply = await pool.request(requestOptions(request, options))
    const body = await reply.body.json()
    const endedAt = performance.now()
    books.trouble.errorsInARow = 0
    const servedFrom = String(reply.headers['x-served-from'] ?? 'database')
    const propagated = reply.headers['x-propagated'] !== 'false'
    const rows = versionedRows(body)
    // One that says so is no stale read.
    const isGrace = reply.headers['x-stale'] !== undefined
    const stale =
      isGrace || request.kind === 'update'
        ? 0
        : countStale(rows, { begunAt, from: process.name }, options, books)
    for (const tally of tallies) {
      if (reply.statusCode !== 200) tally.errors += 1
      recordRequest(tally, endedAt - begunAt, servedFrom)
      tally.staleReads += stale
      if (isGrace) tally.grace += 1
    }
    if (request.kind !== 'update') return
    if (!propagated) books.lag.unpropagated += 1
    for (const row of rows) options.ledger.acknowledge({ row, at: endedAt, by: process.name, propagated })
  } catch (error) {
    if (options.signal.aborted) return
    for (const tally of tallies) tally.errors += 1
    books.trouble.errorsInARow += 1
    if (books.trouble.errorsInARow > mostErrors)
      throw new Error(`the service fails (${(error as { code?: string }).code ?? error})`)
  }
}

function tallyOf({ tallies }: Books, name: string): Tally {
  const tally = tallies.get(name) ?? createTally()
  tallies.set(name, tally)
  return tally
}

/** Rows that were owed a newer version. Those that were only behind are noted. */
function countStale(
  rows: readonly VersionedRow[],
  read: Read,
  { ledger }: DriveOptions,
  { lag }: Books,
): number {
  const behindMs = Math.max(0, ...rows.map(row => ledger.behindMs(row, read.begunAt)))
  if (behindMs > 0) lag.reads += 1
  lag.worstMs = Math.max(lag.worstMs, behindMs)
  return rows.filter(row => ledger.isStale(row, read)).length
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
