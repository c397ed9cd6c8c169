import { GreenlangError, isGreenlangError } from '@greenlang/core'

/**
 * Why a load ended early: `aborted` by the caller's signal, `connection` refused or lost, `disk-full` on the server,
 * `exists`: tables of these names are there already, `refused`: PostgreSQL rejected a statement (see `sqlState`),
 * `unexpected`: a fault of ours (see `cause`).
 */
export type LoadFailure = 'aborted' | 'connection' | 'disk-full' | 'exists' | 'refused' | 'unexpected'

interface LoadErrorFacts {
  readonly reason: LoadFailure
  /** What was being done, e.g. `copying agent_results`. */
  readonly activity: string
  readonly sqlState: string | undefined
  readonly cause: unknown
}

/** Workflow data could not be loaded. No connection of the load is open any more. */
export class WorkflowDataError extends GreenlangError {
  readonly code = 'WORKFLOW_DATA'
  readonly reason: LoadFailure
  /** What was being done, e.g. `copying agent_results`. */
  readonly activity: string
  /** PostgreSQL's code of the failure, where it had one. */
  readonly sqlState: string | undefined

  constructor({ reason, activity, sqlState, cause }: LoadErrorFacts) {
    super(
      `${what[reason]} while ${activity}${sqlState ? ` (SQLSTATE ${sqlState})` : ''}; ${remedy[reason]}`,
      {
        cause,
      },
    )
    this.reason = reason
    this.activity = activity
    this.sqlState = sqlState
  }
}

const what: Record<LoadFailure, string> = {
  aborted: 'the load of workflow data was aborted',
  connection: 'the connection to PostgreSQL was refused or lost',
  'disk-full': "the disk of PostgreSQL's server is full",
  exists: 'tables of the workflow database are in the way',
  refused: 'PostgreSQL refused a statement',
  unexpected: 'something unexpected happened',
}

const remedy: Record<LoadFailure, string> = {
  aborted: 'call it again to start anew',
  connection: 'check that the server runs and that the url names it, then start anew',
  'disk-full': 'free some space (a demo needs 2 GB), then start anew',
  exists: 'use an empty database, or set replace to drop them with their rows',
  refused: 'its reason is the cause of this error',
  unexpected: 'the cause of this error says more',
}

/** The one error that a load rejects with, whatever went wrong beneath; one that is made already stays as it is. */
export function toLoadError(cause: unknown, activity: string, signal?: AbortSignal): WorkflowDataError {
  if (isGreenlangError(cause, 'WORKFLOW_DATA')) return cause as WorkflowDataError
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown }
  const sqlState = typeof code === 'string' && sqlStateForm.test(code) ? code : undefined
  const reason = signal?.aborted ? 'aborted' : reasonOf(sqlState, String(code), String(message))
  return new WorkflowDataError({ reason, activity, sqlState, cause: signal?.aborted ? signal.reason : cause })
}

function reasonOf(sqlState: string | undefined, code: string, message: string): LoadFailure {
  // A table, or the trigger function that comes first.
  if (sqlState === '42P07' || sqlState === '42723') return 'exists'
  if (sqlState === '53100' || code === 'ENOSPC') return 'disk-full'
  // 57P: the server is shutting down, or ended our session; 28 and 3D: it would not let us in.
  if (/^(08|57P|28|3D)/.test(sqlState ?? '')) return 'connection'
  if (sqlState !== undefined) return 'refused'
  return brokenSocket.test(code) || brokenClient.test(message) ? 'connection' : 'unexpected'
}

/** With a digit: EPIPE is no SQLSTATE. */
const sqlStateForm = /^(?=.*\d)[0-9A-Z]{5}$/
/** Of the operating system, and of a stream whose socket is gone. */
const brokenSocket = /^(E[A-Z]{3,}|ERR_STREAM_PREMATURE_CLOSE|ERR_STREAM_DESTROYED)$/
/** What `pg` says without a code. */
const brokenClient =
  /^(Connection terminated|timeout expired|Query read timeout|Client has encountered a conn)/
