import { GreenlangError } from '@greenlang/core'

/** The proxy could not listen. `cause` is the error of the system. */
export class FaultProxyListenError extends GreenlangError {
  readonly code = 'FAULT_PROXY_LISTEN'
  readonly host: string
  readonly port: number
  /** What the system said, e.g. `EADDRINUSE`: after `refuse` somebody else took the port. */
  readonly reason: string

  constructor(address: { readonly host: string; readonly port: number }, cause: unknown) {
    const { host, port } = address
    const { code } = cause as { code?: unknown }
    const reason = typeof code === 'string' ? code : 'unknown'
    super(`fault proxy cannot listen on ${host}, port ${port === 0 ? 'any' : port}: ${reason}`, { cause })
    this.host = host
    this.port = port
    this.reason = reason
  }
}
