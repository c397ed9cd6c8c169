/** What can go wrong between asking for a server and using it. Each message is one sentence: what, and what to do. */
import { GreenlangError } from '@greenlang/core'

export type ServerKind = 'OpenSSL' | 'PostgreSQL' | 'Redis'

/** There is no way to get such a server on this machine. Callers that can do without it catch this. */
export class ServerUnavailableError extends GreenlangError {
  readonly code = 'SERVER_UNAVAILABLE'
  readonly server: ServerKind

  constructor(server: ServerKind, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.server = server
  }
}

export type StartFailure = 'disk-full' | 'exited' | 'port-in-use' | 'timeout' | 'unreachable-directory'

/** The binaries are there, and the server did not come up. Nothing of it is left. */
export class ServerStartError extends GreenlangError {
  readonly code = 'SERVER_START'
  readonly server: ServerKind
  readonly reason: StartFailure

  constructor(server: ServerKind, reason: StartFailure, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.server = server
    this.reason = reason
  }
}

export type GroupFailure = 'not-running' | 'timeout' | 'unknown-port'

/** A Redis Sentinel or Cluster that runs was asked for what it cannot do, or did not agree in time. */
export class RedisGroupError extends GreenlangError {
  readonly code = 'REDIS_GROUP'
  readonly reason: GroupFailure

  constructor(reason: GroupFailure, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.reason = reason
  }
}

export type UrlFailure =
  | 'failed'
  | 'no-such-database'
  | 'not-allowed'
  | 'refused'
  | 'syntax'
  | 'timeout'
  | 'unknown-host'
  | 'wrong-password'

/** DATABASE_URL or REDIS_URL names a server that cannot be used. Never answered by starting another one. */
export class ServerUrlError extends GreenlangError {
  readonly code = 'SERVER_URL'
  /** The environment variable, or the option that stood in for it. */
  readonly variable: string
  readonly reason: UrlFailure

  constructor(variable: string, reason: UrlFailure, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.variable = variable
    this.reason = reason
  }
}
