/** What the conductor asks of a worker. */
import type { Plan } from './plan.ts'
import type { RedisPlace } from './subject.ts'

export interface WorkerSettings {
  readonly plan: Plan
  /** 0 for the first. */
  readonly number: number
  /** How many processes this worker was before. */
  readonly life: number
  readonly redis: RedisPlace
  readonly databasePort: number
  readonly prefix: string
  /** The file of what it saw. */
  readonly record: string
}

/** When it is read and written; the same for all workers. */
export interface Span {
  readonly begunAt: number
  readonly endsAt: number
}

export interface WorkerStatus {
  /** Invalidations that wait to be sent. */
  readonly queued: number
  /** Reads and writes that have not ended. */
  readonly open: number
  readonly loads: number
  /** What nobody caught. */
  readonly strays: readonly string[]
}

export interface WorkerJob {
  /** Connects; reads and writes begin only with `go`. */
  prepare(settings: WorkerSettings): void
  go(span: Span): void
  /** The event loop stands still for so many ms. */
  stall(ms: number): void
  /** A commit to every row, then everything is invalidated. */
  clear(): void
  status(): WorkerStatus
  /** Reads every key once, for the last time. */
  readAll(): void
  /** Closes what it has open. What it saw is in the file then. */
  finish(): WorkerStatus
}

/** Unique for each life of a worker. */
export function processOf(number: number, life: number): number {
  return life * lifeStep + number
}

/** More than there are workers. */
const lifeStep = 100
