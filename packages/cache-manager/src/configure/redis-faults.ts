/** What is wrong with what is said of Redis: where it is, and under which names. */
import type { CacheConfig, RedisConnectionConfig } from './configuration.ts'
import type { ConfigFault } from './faults.ts'
import { isPlain } from './layers.ts'

export const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isPort = (port: unknown) =>
  Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65_535

const notText = 'must be a text that is not empty'

export function redisFaults({ redis }: CacheConfig): readonly ConfigFault[] {
  if (!isPlain(redis)) return []
  const { url, connection, prefix } = redis
  const faults: ConfigFault[] = []
  if (url !== undefined && connection !== undefined)
    faults.push({ path: 'redis.url', message: 'must not be given with redis.connection' })
  if (url !== undefined && !(typeof url === 'string' && /^rediss?:\/\/./.test(url)))
    faults.push({ path: 'redis.url', message: 'must be redis://… or rediss://…' })
  if (prefix !== undefined && !isText(prefix)) faults.push({ path: 'redis.prefix', message: notText })
  if (isPlain(connection)) faults.push(...addressFaults(connection), ...sentinelFaults(connection))
  else if (connection !== undefined) faults.push({ path: 'redis.connection', message: 'must be an object' })
  return faults
}

function addressFaults(connection: RedisConnectionConfig): readonly ConfigFault[] {
  const path = 'redis.connection'
  const { host, port, password } = connection
  const faults: ConfigFault[] = []
  if (host !== undefined && !isText(host)) faults.push({ path: `${path}.host`, message: notText })
  if (port !== undefined && !isPort(port))
    faults.push({ path: `${path}.port`, message: 'must be a whole number, 1 to 65535' })
  if (password !== undefined && !isText(password)) faults.push({ path: `${path}.password`, message: notText })
  return faults
}

function sentinelFaults({ sentinel }: RedisConnectionConfig): readonly ConfigFault[] {
  if (sentinel === undefined) return []
  const path = 'redis.connection.sentinel'
  if (!isPlain(sentinel)) return [{ path, message: 'must be an object with name and nodes' }]
  const { name, nodes } = sentinel
  const faults: ConfigFault[] = []
  if (!isText(name)) faults.push({ path: `${path}.name`, message: notText })
  if (!Array.isArray(nodes) || nodes.length === 0)
    faults.push({ path: `${path}.nodes`, message: 'must have one address at least' })
  else if (!nodes.every(node => isText(node?.host) && (node.port === undefined || isPort(node.port))))
    faults.push({ path: `${path}.nodes`, message: 'must have hosts, with ports of 1 to 65535' })
  return faults
}
