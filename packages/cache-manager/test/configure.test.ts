/** Profiles, variables of the environment, and what is said of a configuration as a whole. */
import { describe, expect, it } from '@jest/globals'
import {
  type CacheConfig,
  type ConfigurationError,
  configure,
  faultsOf,
  profiles,
  readEnvironment,
} from '../src/index.ts'

const errorOf = (action: () => unknown): ConfigurationError => {
  try {
    action()
  } catch (error) {
    return error as ConfigurationError
  }
  throw new Error('nothing was thrown')
}

describe('profiles', () => {
  it('have the numbers they always had', () => {
    const { standard, highPerformance, memoryConstrained } = profiles
    expect(standard).toMatchObject({
      memory: { maxBytes: '100mb', maxTtl: '60s' },
      redis: { maxBytes: '1gb', maxTtl: '1h' },
      disk: { maxBytes: '10gb', maxTtl: '1d' },
      warming: { every: '1h', deadline: '5s', hottest: 1_000 },
    })
    expect(highPerformance).toMatchObject({
      memory: { maxBytes: '500mb', maxTtl: '5m' },
      redis: { maxBytes: '5gb', maxTtl: '2h' },
      warming: { hottest: 5_000 },
    })
    expect(memoryConstrained).toMatchObject({
      memory: { maxBytes: '20mb', maxTtl: '30s' },
      redis: { maxBytes: '100mb', maxTtl: '30m' },
      disk: { maxBytes: '50gb' },
    })
  })

  it('are without fault', () => {
    for (const profile of Object.values(profiles)) expect(faultsOf(profile)).toEqual([])
  })
})

describe('configure', () => {
  it('gives each tier its options, with Redis on this machine and no disk unless a directory is named', () => {
    const { memory, redis, bus, disk, warming, redisMaxBytes } = configure()
    expect(memory).toEqual({ maxBytes: '100mb', maxTtl: '60s' })
    expect(redis).toEqual({ connection: {}, prefix: 'greenlang:', maxTtl: '1h' })
    expect(bus).toEqual({ connection: {}, scope: 'greenlang:' })
    expect([disk, warming?.deadline, redisMaxBytes]).toEqual([undefined, '5s', '1gb'])
  })

  it('W33: leaves out what it is told to leave out', () => {
    const overrides = { redis: false, disk: { directory: '/cache' } } as const
    const { redis, bus, disk } = configure({ overrides })
    expect([redis, bus]).toEqual([undefined, undefined])
    expect(disk).toEqual({ directory: '/cache', maxBytes: '10gb', maxTtl: '1d' })
    const environment = { GREENLANG_CACHE_L2_ENABLED: 'false', GREENLANG_CACHE_L1_ENABLED: 'true' }
    expect(configure({ environment })).toMatchObject({ redis: undefined, memory: profiles.standard.memory })
  })

  it('takes the profile, then the environment, then what the program says', () => {
    const environment = {
      GREENLANG_CACHE_PROFILE: 'memoryConstrained',
      GREENLANG_CACHE_L1_SIZE_MB: '64',
      GREENLANG_CACHE_L2_REDIS_HOST: 'cache.internal',
      GREENLANG_CACHE_L2_REDIS_PORT: '6380',
      GREENLANG_CACHE_L2_REDIS_PASSWORD: 'hush',
      GREENLANG_CACHE_L3_DIR: '/var/cache/app',
      GREENLANG_CACHE_L3_SIZE_GB: '2',
    }
    const configured = configure({ environment, overrides: { memory: { maxTtl: '10s' } } })
    expect(configured).toMatchObject({
      profile: 'memoryConstrained',
      memory: { maxBytes: 64 * 2 ** 20, maxTtl: '10s' },
      redis: { connection: { host: 'cache.internal', port: 6_380, password: 'hush' }, maxTtl: '30m' },
      disk: { directory: '/var/cache/app', maxBytes: 2 * 2 ** 30, maxTtl: '1d' },
    })
    expect(configure({ environment, profile: 'standard' }).profile).toBe('standard')
  })

  it('knows Sentinels', () => {
    const environment = {
      GREENLANG_CACHE_L2_SENTINEL_ENABLED: 'true',
      GREENLANG_CACHE_L2_SENTINEL_HOSTS: 'one:26379, two',
    }
    expect(configure({ environment }).redis).toMatchObject({
      connection: {
        sentinel: { name: 'mymaster', nodes: [{ host: 'one', port: 26_379 }, { host: 'two' }] },
      },
    })
    const without = { GREENLANG_CACHE_L2_SENTINEL_ENABLED: '1' }
    expect(errorOf(() => configure({ environment: without })).faults).toHaveLength(1)
  })

  it('says all faults at once, and no secret', () => {
    const environment = {
      GREENLANG_CACHE_L1_SIZE_MB: 'many',
      GREENLANG_CACHE_L2_REDIS_PORT: '70000',
      GREENLANG_CACHE_L2_REDIS_PASSWORD: 'hush',
      GREENLANG_CACHE_L2_TTL_SECONDS: '10',
      GREENLANG_CACHE_L3_ENABLED: 'maybe',
      GREENLANG_CACHE_PROFILE: 'huge',
    }
    const error = errorOf(() => configure({ environment }))
    expect(error).toMatchObject({ code: 'CONFIGURATION' })
    expect(error.faults.map(({ path }) => path)).toEqual([
      'GREENLANG_CACHE_PROFILE',
      'GREENLANG_CACHE_L1_SIZE_MB',
      'GREENLANG_CACHE_L3_ENABLED',
      'redis.maxTtl',
      'redis.connection.port',
    ])
    expect(error.message).toContain('5 faults')
    expect(error.message).not.toContain('hush')
    expect(errorOf(() => configure({ profile: 'huge' as never })).faults).toHaveLength(1)
  })

  it('reads nothing that was not handed in', () => {
    expect(readEnvironment({})).toEqual({
      profile: undefined,
      config: {},
      asksForDisk: false,
      faults: [],
    })
    expect(readEnvironment({ GREENLANG_CACHE_L3_DIR: '' }).config).toEqual({})
  })
})

describe('faultsOf', () => {
  it.each<[string, CacheConfig]>([
    ['memory.maxBytes', { memory: { maxBytes: 0 } }],
    ['disk.maxBytes', { disk: { directory: '/d', maxBytes: '0mb' } }],
    ['memory.maxTtl', { memory: { maxTtl: -1 } }],
    ['redis.maxTtl', { memory: { maxTtl: '1h' }, redis: { maxTtl: '1h' } }],
    ['disk.maxTtl', { memory: { maxTtl: '2d' }, redis: false, disk: { directory: '/d', maxTtl: '1d' } }],
    ['redis.connection.host', { redis: { connection: { host: '' } } }],
    ['redis.connection.port', { redis: { connection: { port: 0 } } }],
    ['redis.connection.password', { redis: { connection: { password: '' } } }],
    ['redis.connection.host', { redis: { connection: { host: 7 as never } } }],
    ['redis.connection', { redis: { connection: null as never } }],
    ['redis.connection.sentinel', { redis: { connection: { sentinel: null as never } } }],
    ['disk.directory', { disk: { directory: '' } }],
    ['redis.url', { redis: { url: 'http://somewhere' } }],
    ['redis.url', { redis: { url: 'redis://a', connection: {} } }],
    ['redis.prefix', { redis: { prefix: '' } }],
    ['bus', { memory: {}, redis: false, bus: true }],
    ['warming.deadline', { memory: {}, warming: { deadline: 0 } }],
    ['memory, redis, disk', { memory: false, redis: false, disk: {} }],
  ])('finds %s', (path, config) => {
    expect(faultsOf(config).map(fault => fault.path)).toEqual([path])
  })
})

const paths = (options: unknown) => errorOf(() => configure(options as never)).faults.map(({ path }) => path)

describe('configure, as a whole', () => {
  it('lets the program say where the disk is that the environment asks for, or that there is none', () => {
    const environment = { GREENLANG_CACHE_L3_ENABLED: 'true' }
    const overrides = { disk: { directory: '/cache' } }
    expect(configure({ environment, overrides }).disk).toMatchObject({ directory: '/cache' })
    expect(configure({ environment, overrides: { disk: false } }).disk).toBeUndefined()
  })

  it('compares lives with those tiers only that there will be', () => {
    const environment = { GREENLANG_CACHE_L2_TTL_SECONDS: '86400' }
    expect(configure({ environment }).redis).toMatchObject({ maxTtl: 86_400_000 })
    expect(paths({ environment, overrides: { disk: { directory: '/cache' } } })).toEqual(['disk.maxTtl'])
  })

  it('puts layers together field by field, however deep', () => {
    const environment = {
      GREENLANG_CACHE_L2_REDIS_HOST: 'cache.internal',
      GREENLANG_CACHE_L2_REDIS_PASSWORD: 'x',
    }
    const overrides = {
      redis: { connection: { port: 6380 } },
      defaults: { timeouts: { soft: 100 } },
      memory: { maxBytes: undefined, maxTtl: '5s' },
    } as unknown as CacheConfig
    const { redis, defaults, memory } = configure({ environment, overrides })
    expect(redis).toMatchObject({ connection: { host: 'cache.internal', password: 'x', port: 6_380 } })
    expect(defaults.timeouts).toEqual({ hard: '30s', soft: 100 })
    expect(memory).toEqual({ maxBytes: '100mb', maxTtl: '5s' })
  })

  it('takes the address of the last layer that has one', () => {
    const environment = { GREENLANG_CACHE_L2_REDIS_HOST: 'cache.internal' }
    const byUrl = configure({ environment, overrides: { redis: { url: 'redis://other' } } })
    expect([byUrl.redis, byUrl.bus]).toEqual([
      { url: 'redis://other', prefix: 'greenlang:', maxTtl: '1h' },
      { url: 'redis://other', scope: 'greenlang:' },
    ])
    const url = { GREENLANG_CACHE_L2_REDIS_URL: 'redis://first' }
    const byHost = configure({ environment: url, overrides: { redis: { connection: { host: 'other' } } } })
    expect(byHost.redis).toMatchObject({ connection: { host: 'other' } })
  })

  it('turns a tier on with the numbers of the profile', () => {
    const environment = { GREENLANG_CACHE_L1_ENABLED: 'false' }
    expect(configure({ environment }).memory).toBeUndefined()
    expect(configure({ environment, overrides: { memory: { maxTtl: '5s' } } }).memory).toEqual({
      maxBytes: '100mb',
      maxTtl: '5s',
    })
    expect(configure({ overrides: { memory: undefined } as never }).memory).toBeDefined()
  })

  it.each<[object | null, readonly string[]]>([
    [{ override: {} }, ['configure.override']],
    [{ overrides: { memroy: false } }, ['overrides.memroy']],
    [{ overrides: { redis: { connection: { hots: 'a' } } } }, ['redis.connection.hots']],
    [{ overrides: { memory: true } }, ['memory']],
    [{ overrides: [] }, ['overrides']],
    [{ overrides: { bus: 'yes' } }, ['bus']],
    [{ overrides: { defaults: { ttl: 'nonsense', jitter: 7 } } }, ['defaults.ttl', 'defaults.jitter']],
    [{ overrides: { defaults: null } }, ['defaults']],
    [{ overrides: { warming: { concurrency: -1, every: 0 } } }, ['warming.every', 'warming.concurrency']],
    [
      { overrides: { redis: { connection: { sentinel: { name: '', nodes: [] } } } } },
      ['redis.connection.sentinel.name', 'redis.connection.sentinel.nodes'],
    ],
    [{ environment: { GREENLANG_CACHE_L2_SENTINEL_HOSTS: 'a:99999' } }, ['redis.connection.sentinel.nodes']],
    [{ environment: { GREENLANG_CACHE_L3_ENABLED: 'true' } }, ['GREENLANG_CACHE_L3_DIR']],
    [
      { profile: 'fast', overrides: { memroy: false, defaults: { jitter: 7 } } },
      ['profile', 'overrides.memroy', 'defaults.jitter'],
    ],
    [null, ['configure']],
    [{ profile: null }, ['profile']],
    [{ environment: null }, ['environment']],
    [
      { overrides: { memroy: {}, memory: { maxTtl: -1 }, redis: { connection: { hots: 'a', port: 0 } } } },
      ['overrides.memroy', 'redis.connection.hots', 'memory.maxTtl', 'redis.connection.port'],
    ],
    [
      { overrides: { memory: 7, redis: { prefix: '' }, disk: { directory: 7 } } },
      ['memory', 'redis.prefix', 'disk.directory'],
    ],
  ])('finds what is wrong with %j', (options, expected) => {
    expect(paths(options)).toEqual(expected)
  })
})
