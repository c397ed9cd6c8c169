/** What is no part of a configuration, or not of its kind: a name that is misspelt says nothing to anybody else. */
import { loadSettings } from '../load-settings.ts'
import { checkDefaults } from '../options.ts'
import { checkWarming } from '../warming/warming-settings.ts'
import type { CacheConfig } from './configuration.ts'
import type { ConfigFault } from './faults.ts'
import { isPlain } from './layers.ts'

const optionNames = ['profile', 'environment', 'overrides']
const parts: Readonly<Record<string, readonly string[]>> = {
  memory: ['maxBytes', 'maxTtl'],
  redis: ['url', 'connection', 'prefix', 'maxBytes', 'maxTtl'],
  disk: ['directory', 'maxBytes', 'maxTtl'],
}
const connectionNames = ['host', 'port', 'password', 'sentinel']

/** Of the options of `configure` itself. */
export function optionFaults(options: { readonly environment?: unknown }): readonly ConfigFault[] {
  const { environment } = options
  const isRead = environment === undefined || isFields(environment)
  return [
    ...unknown('configure', options, optionNames),
    ...(isRead ? [] : [{ path: 'environment', message: 'must be an object, as process.env is' }]),
  ]
}

export const isFields = <T>(value: T): value is T & object => typeof value === 'object' && value !== null

export interface Shaped {
  readonly faults: readonly ConfigFault[]
  /** What can be looked at further: what is no part, or no object where one must be, is left out. */
  readonly config: CacheConfig
}

export function shapeOf(overrides: unknown): Shaped {
  if (!isPlain(overrides))
    return { faults: [{ path: 'overrides', message: 'must be an object' }], config: {} }
  const known = [...Object.keys(parts), 'bus', 'defaults', 'warming']
  const faults = [...unknown('overrides', overrides, known)]
  const config: Record<string, unknown> = {}
  for (const name of known) {
    const value = overrides[name]
    const found = name === 'bus' ? busFaults(value) : partFaults(name, value)
    faults.push(...found)
    const isLeftOut = value === undefined || found.some(({ path }) => path === name)
    if (!isLeftOut) config[name] = value
  }
  return { faults, config }
}

const busFaults = (bus: unknown): readonly ConfigFault[] =>
  bus === undefined || typeof bus === 'boolean' ? [] : [{ path: 'bus', message: 'must be true or false' }]

function partFaults(part: string, value: unknown): readonly ConfigFault[] {
  const names = parts[part]
  if (names === undefined || value === undefined || value === false) return []
  if (!isPlain(value)) return [{ path: part, message: 'must be an object, or false to leave it out' }]
  const { connection } = value
  const within = part === 'redis' && isPlain(connection)
  return [
    ...unknown(part, value, names),
    ...(within ? unknown('redis.connection', connection, connectionNames) : []),
  ]
}

/** Of the options that go to `createCache` as they are: each by itself, so that one does not hide another. */
export function cacheOptionFaults({ defaults = {}, warming = {} }: CacheConfig): readonly ConfigFault[] {
  const bad = (path: string) => [{ path, message: 'must be an object' }]
  return [
    ...(isPlain(defaults)
      ? each('defaults', defaults, option => void checkDefaults(option))
      : bad('defaults')),
    ...(warming === false || isPlain(warming)
      ? each('warming', warming || {}, option => void checkWarming(option))
      : bad('warming')),
    ...(isPlain(defaults) ? together(defaults) : []),
  ]
}

/** What each of them allows may not go together. */
function together(defaults: object): readonly ConfigFault[] {
  const alone = each('defaults', defaults, option => void checkDefaults(option))
  if (alone.length > 0) return []
  return faultIn('defaults', () => void loadSettings('defaults', defaults, []))
}

function each(part: string, options: object, check: (option: object) => void): readonly ConfigFault[] {
  return Object.entries(options).flatMap(([name, value]) =>
    faultIn(`${part}.${name}`, () => check({ [name]: value })),
  )
}

/** What a check of core says of the option at this path. */
export function faultIn(path: string, check: () => unknown): readonly ConfigFault[] {
  try {
    check()
    return []
  } catch (error) {
    const { expected = 'valid' } = error as { expected?: string }
    return [{ path, message: `must be ${expected}` }]
  }
}

function unknown(subject: string, given: object, known: readonly string[]): readonly ConfigFault[] {
  return Object.keys(given)
    .filter(name => !known.includes(name))
    .map(name => ({
      path: `${subject}.${name}`,
      message: `is not known; known are ${known.join(', ')}`,
    }))
}
