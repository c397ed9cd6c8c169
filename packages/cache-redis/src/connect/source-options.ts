import type { RedisAddress, TlsMaterial } from './address.ts'
import type { HandedClient } from './client.ts'

/** Where Redis is: an address, how to find one, or a client that is yours. */
export type RedisSourceOptions = FromUrl | FromConnection | FromClient

interface FromUrl extends RedisPoolOptions {
  /** Where Redis is: `redis://[[user]:password@]host[:port][/database]`, `rediss://` for TLS. No default. */
  url: string
  connection?: never
  client?: never
  subscriber?: never
}

interface FromConnection extends RedisPoolOptions {
  /** Where Redis is, in plain options: one server, a Sentinel group or a cluster. No default. */
  connection: RedisConnectionOptions
  url?: never
  client?: never
  subscriber?: never
}

interface FromClient {
  /** A client of node-redis v6, or `fromIoredis(redis)`, that is yours: connected, watched and closed by you. No default. */
  client: HandedClient
  /** A client that is yours, of the same kind and server, to subscribe with. Default: a duplicate of `client`, closed by us. */
  subscriber?: HandedClient
  url?: never
  connection?: never
  poolSize?: never
}

export interface RedisPoolOptions {
  /** Connections to each server, 1 to 50; commands for one key keep to one of them. Default 1, which is the fastest. */
  poolSize?: number
}

export interface RedisConnectionOptions {
  /** Name or IP address of the one server; not with `sentinel` or `cluster`. Not empty. Default `'localhost'`. */
  host?: string
  /** Its TCP port. 1 to 65535. Default 6379. */
  port?: number
  /** User of the ACL. Not empty. Default: the server's `default` user. */
  username?: string
  /** Of that user, on every server. Not empty. Default: none. */
  password?: string
  /** Number of the database, >= 0; not with `cluster`. Default 0. */
  database?: number
  /** TLS 1.2 or later: `true`, or with what it is checked by. Default `false`. */
  tls?: boolean | RedisTlsOptions
  /** A group that Sentinels watch: its primary of the moment is used. Default: none. */
  sentinel?: RedisSentinelOptions
  /** A cluster: each key goes to the primary of its slot. Default: none. */
  cluster?: RedisClusterOptions
  /** Address that a Sentinel or a cluster told → address to connect to, through NAT or a proxy. Default: the same. */
  addressMap?: (address: RedisAddress) => RedisAddress
}

export interface RedisTlsOptions {
  /** Certificates (PEM) of the authorities to trust. Default: those of Node. */
  ca?: TlsMaterial
  /** Certificate (PEM) to show to the server. Default: none. */
  cert?: TlsMaterial
  /** Its private key (PEM). Default: none. */
  key?: TlsMaterial
  /** Name that the certificate must be for. Not empty. Default: the host. */
  servername?: string
  /** Whether a certificate that cannot be verified ends the connection. Default `true`. */
  rejectUnauthorized?: boolean
}

export interface RedisSentinelOptions {
  /** By which the Sentinels know the group. Not empty. No default. */
  name: string
  /** Addresses of Sentinels, 1 to 100; port 26379 unless told. No default. */
  nodes: readonly RedisNodeOptions[]
  /** User of the Sentinels' own ACL. Not empty. Default: their `default` user. */
  username?: string
  /** Of that user. Not empty. Default: none. */
  password?: string
}

export interface RedisClusterOptions {
  /** Addresses of some nodes, 1 to 100; they know the others. Port 6379 unless told. No default. */
  nodes: readonly RedisNodeOptions[]
}

export interface RedisNodeOptions {
  /** Name or IP address. Not empty. No default. */
  host: string
  /** TCP port. 1 to 65535. Default 6379, of a Sentinel 26379. */
  port?: number
}
