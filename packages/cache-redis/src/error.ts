import { GreenlangError, isGreenlangError } from '@greenlang/core'

/** There was no connection, it broke before the reply, or too many commands were waiting. It may have taken effect. */
export class RedisUnavailableError extends GreenlangError {
  readonly code = 'REDIS_UNAVAILABLE'
  /** Which tier, e.g. `tier "redis"`. */
  readonly subject: string
  /**
   * The system's or TLS' code such as `ECONNREFUSED`; `SILENT` (answered nothing), `QUEUE_FULL` (too many wait), `NO_PRIMARY`,
   * `NOT_PRIMARY` (nobody to be found), `CLOSED`, or `LOST`.
   */
  readonly reason: string

  constructor(subject: string, reason: string, options?: { cause?: unknown }) {
    super(
      `${subject} has no working connection to Redis (${reason}); it is tried again until it succeeds: ` +
        'see that the server is up and the address is right',
      options,
    )
    this.subject = subject
    this.reason = reason
  }
}

/** Redis answered, and refused. It is up. The text of its answer is left out: it may quote keys and passwords. */
export class RedisReplyError extends GreenlangError {
  readonly code = 'REDIS_REPLY'
  /** Which tier, e.g. `tier "redis"`. */
  readonly subject: string
  /** Name of the command, e.g. `SET`. */
  readonly command: string
  /** First word of the answer, e.g. `OOM`, `NOPERM`, `WRONGTYPE`. */
  readonly reply: string

  constructor(subject: string, command: string, reply: string) {
    super(
      `${subject}: Redis refused ${command} with ${reply}; ${remedies[reply] ?? 'see the log of the server'}`,
    )
    this.subject = subject
    this.command = command
    this.reply = reply
  }
}

const remedies: Readonly<Record<string, string>> = {
  LOADING: 'it is still reading its data, wait for it',
  NOAUTH: 'give user name and password',
  NOREPLICAS: 'see that its replicas are connected, or lower min-replicas-to-write',
  NOPERM: 'grant the commands listed in the README of @greenlang/cache-redis to its user',
  OOM: 'raise its maxmemory, or let it evict by maxmemory-policy allkeys-lru',
  READONLY: 'it is a replica, connect to the primary',
  WRONGPASS: 'correct user name and password',
}

/** Answers of a server that runs but does not serve. */
const outageReplies = ['BUSY', 'CLUSTERDOWN', 'LOADING', 'MASTERDOWN', 'UNKILLABLE']

/** What went wrong with `command`, as an error of the family. */
export function toTypedError(subject: string, command: string, error: unknown): GreenlangError {
  if (isGreenlangError(error)) return error
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string }
  const reply = typeof code === 'string' ? undefined : /^[A-Z]{2,}(?=\s|$)/.exec(message)?.[0]
  if (reply) return new RedisReplyError(subject, command, reply)
  return new RedisUnavailableError(subject, typeof code === 'string' ? code : 'LOST', { cause: error })
}

/** Whether an error speaks of Redis being in trouble, rather than of what it was asked. */
export function isOutage(error: unknown): boolean {
  if (isGreenlangError(error, 'REDIS_REPLY')) return outageReplies.includes((error as RedisReplyError).reply)
  return true
}
