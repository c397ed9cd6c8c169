import { isIP } from 'node:net'

/** Where a server listens. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
}

/** What a certificate is checked by, and a client shows of itself; all of it as `node:tls` takes it. */
export interface TlsSettings {
  readonly ca?: TlsMaterial
  readonly cert?: TlsMaterial
  readonly key?: TlsMaterial
  readonly servername?: string
  readonly rejectUnauthorized: boolean
}

/** Text of PEM, or its bytes, or several. */
export type TlsMaterial = string | Buffer | (string | Buffer)[]

/** As whom, and how, a server is spoken to. */
export interface Access {
  readonly username?: string
  readonly password?: string
  readonly database: number
  /** Default: no TLS. */
  readonly tls?: TlsSettings
}

export const addressText = ({ host, port }: RedisAddress): string => `${host}:${port}`

/** `host:port` as Redis writes it, also of IPv6. `undefined` for anything else. */
export function parseAddress(text: string): RedisAddress | undefined {
  const colon = text.lastIndexOf(':')
  const port = Number(text.slice(colon + 1))
  const host = text.slice(0, colon)
  return colon >= 0 && Number.isInteger(port) && port > 0 && port < 65_536 ? { host, port } : undefined
}

/** What `tls.connect` needs. A name is told to the server (SNI), which Node does not do by itself. */
export function tlsOptions({ host }: RedisAddress, tls: TlsSettings) {
  const servername = tls.servername ?? (isIP(host) ? undefined : host)
  return { ...tls, minVersion: 'TLSv1.2', ...(servername === undefined ? {} : { servername }) } as const
}
