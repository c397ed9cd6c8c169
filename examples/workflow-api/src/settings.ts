/** Where the service finds its servers, read from the environment once. */
export interface Settings {
  /** PostgreSQL connection string. Required. */
  databaseUrl: string
  /** Redis connection string. Default: none, the cache then runs without Redis. */
  redisUrl?: string
  /** Before every key in Redis, and the scope of the bus: processes with the same one are coherent. Not empty, no braces. Default `workflow-api:`. */
  redisPrefix: string
  /** Directory of the disk tier. Default: none, the cache then runs without disk. */
  cacheDirectory?: string
  /** Said on the page, where there are several. Default: none. */
  processName?: string
  /** TCP port to listen on, 0 to 65535; 0 takes a free one. Default `3000`. */
  port: number
  /** Address to listen on. Default `127.0.0.1`. */
  host: string
}

export class SettingError extends Error {
  readonly code = 'SETTING'
}

const longestPort = 65_535

/** @throws SettingError naming the variable and what to set it to. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, CACHE_DIRECTORY: cacheDirectory } = environment
  if (!databaseUrl)
    throw new SettingError('DATABASE_URL is not set; set it to postgres://user:password@host:5432/database')
  const port = Number(environment.PORT ?? 3000)
  if (!Number.isInteger(port) || port < 0 || port > longestPort)
    throw new SettingError(
      `PORT must be a whole number from 0 to ${longestPort}; got ${JSON.stringify(environment.PORT)}`,
    )
  return {
    databaseUrl,
    port,
    host: environment.HOST ?? '127.0.0.1',
    redisPrefix: environment.REDIS_PREFIX ?? 'workflow-api:',
    ...(redisUrl ? { redisUrl } : {}),
    ...(cacheDirectory ? { cacheDirectory } : {}),
    ...(environment.PROCESS_NAME ? { processName: environment.PROCESS_NAME } : {}),
  }
}
