import {
  checkBoolean,
  checkFunction,
  checkInteger,
  checkOptions,
  checkText,
  InvalidOptionError,
} from '@greenlang/core'
import type { Access, RedisAddress, TlsMaterial, TlsSettings } from './address.ts'
import { borrow } from './node-redis.ts'
import type { CheckedSource } from './source.ts'
import type {
  RedisClusterOptions,
  RedisConnectionOptions,
  RedisNodeOptions,
  RedisSentinelOptions,
  RedisSourceOptions,
  RedisTlsOptions,
} from './source-options.ts'
import { parseRedisUrl } from './url.ts'

/** The names of `RedisSourceOptions`, for `checkOptions` of those who take more. */
export const sourceOptionNames = ['url', 'connection', 'client', 'subscriber', 'poolSize']

/** @throws InvalidOptionError for the first option that is missing, too many, bad or unknown. Secrets are never shown. */
export function checkSource(subject: string, options: RedisSourceOptions): CheckedSource {
  const { url, connection, client, subscriber } = options
  const given = [url, connection, client].filter(one => one !== undefined).length
  if (given !== 1)
    throw new InvalidOptionError('url', 'given, or else connection or client, and one alone', url)
  if (client === undefined && subscriber !== undefined)
    throw new InvalidOptionError('subscriber', 'given with client only', subscriber)
  if (client !== undefined) return checkClients(options)
  const poolSize = checkInteger('poolSize', options.poolSize ?? 1, 1, 50)
  if (connection !== undefined) return checkConnection(subject, connection, poolSize)
  return { kind: 'server', poolSize, ...parseRedisUrl(url) }
}

function checkClients({ client, subscriber, poolSize }: RedisSourceOptions): CheckedSource {
  if (poolSize !== undefined) throw new InvalidOptionError('poolSize', 'given without client only', poolSize)
  return {
    kind: 'client',
    borrowed: borrow('client', client),
    subscriber: subscriber === undefined ? undefined : borrow('subscriber', subscriber),
  }
}

const connectionNames = [
  'host',
  'port',
  'username',
  'password',
  'database',
  'tls',
  'sentinel',
  'cluster',
  'addressMap',
]

function checkConnection(subject: string, options: RedisConnectionOptions, poolSize: number): CheckedSource {
  checkOptions(`${subject}.connection`, options, connectionNames)
  const { host, port, sentinel, cluster, addressMap = same } = options
  const access = checkAccess(options)
  checkFunction('connection.addressMap', addressMap)
  const kinds = [host ?? port, sentinel, cluster].filter(one => one !== undefined).length
  if (kinds > 1)
    throw new InvalidOptionError('connection', 'host and port, or sentinel, or cluster alone', undefined)
  if (sentinel !== undefined) {
    const own = checkSentinel(sentinel, access)
    return { kind: 'sentinel', poolSize, access, addressMap, ...own }
  }
  if (cluster !== undefined) {
    checkInteger('connection.database', access.database, 0, 0)
    return { kind: 'cluster', poolSize, access, addressMap, nodes: checkCluster(cluster) }
  }
  const address = checkNode(
    'connection',
    { host: host ?? 'localhost', ...(port === undefined ? {} : { port }) },
    6_379,
  )
  return { kind: 'server', poolSize, access, address }
}

function checkAccess({ username, password, database, tls }: RedisConnectionOptions): Access {
  return {
    ...credentials('connection', username, password),
    database: checkInteger('connection.database', database ?? 0, 0),
    ...(tls === undefined || tls === false ? {} : { tls: checkTls(tls) }),
  }
}

function credentials(where: string, username: string | undefined, password: string | undefined) {
  return {
    ...(username === undefined ? {} : { username: checkText(`${where}.username`, username) }),
    ...(password === undefined ? {} : { password: checkText(`${where}.password`, password) }),
  }
}

function checkTls(tls: true | RedisTlsOptions): TlsSettings {
  if (tls === true) return { rejectUnauthorized: true }
  checkOptions('connection.tls', tls, ['ca', 'cert', 'key', 'servername', 'rejectUnauthorized'])
  const { servername, rejectUnauthorized = true } = tls
  return {
    rejectUnauthorized: checkBoolean('connection.tls.rejectUnauthorized', rejectUnauthorized),
    ...(servername === undefined ? {} : { servername: checkText('connection.tls.servername', servername) }),
    ...checkMaterial('ca', tls.ca),
    ...checkMaterial('cert', tls.cert),
    ...checkMaterial('key', tls.key),
  }
}

function checkMaterial<Name extends string>(name: Name, value: TlsMaterial | undefined) {
  if (value === undefined) return {}
  const parts = Array.isArray(value) ? value : [value]
  const good = parts.length > 0 && parts.every(part => Buffer.isBuffer(part) || typeof part === 'string')
  if (!good)
    throw new InvalidOptionError(`connection.tls.${name}`, 'a string or a Buffer, or several', undefined)
  return { [name]: value } as Record<Name, TlsMaterial>
}

function checkSentinel(options: RedisSentinelOptions, access: Access) {
  checkOptions('connection.sentinel', options, ['name', 'nodes', 'username', 'password'])
  const { name, nodes, username, password } = options
  return {
    name: checkText('connection.sentinel.name', name),
    nodes: checkNodes('connection.sentinel.nodes', nodes, 26_379),
    sentinelAccess: {
      ...credentials('connection.sentinel', username, password),
      database: 0,
      ...(access.tls === undefined ? {} : { tls: access.tls }),
    },
  }
}

function checkCluster(options: RedisClusterOptions): RedisAddress[] {
  checkOptions('connection.cluster', options, ['nodes'])
  return checkNodes('connection.cluster.nodes', options.nodes, 6_379)
}

function checkNodes(option: string, nodes: readonly RedisNodeOptions[], defaultPort: number): RedisAddress[] {
  if (!Array.isArray(nodes) || nodes.length === 0 || nodes.length > 100)
    throw new InvalidOptionError(option, 'a list of 1 to 100 addresses', nodes)
  return nodes.map((node, index) => checkNode(`${option}[${index}]`, node, defaultPort))
}

function checkNode(option: string, node: RedisNodeOptions, defaultPort: number): RedisAddress {
  checkOptions(option, node, ['host', 'port'])
  return {
    host: checkText(`${option}.host`, node.host),
    port: checkInteger(`${option}.port`, node.port ?? defaultPort, 1, 65_535),
  }
}

function same(address: RedisAddress): RedisAddress {
  return address
}
