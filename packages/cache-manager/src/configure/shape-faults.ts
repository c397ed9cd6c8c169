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
export function optionFaults(options: object): readonly ConfigFault[] {
  return unknown('configure', options, optionNames)
}

export function overrideFaults(overrides: unknown): readonly ConfigFault[] {
  if (!isPlain(overrides)) return [{ path: 'overrides', message: 'must be an object' }]
  const known = [...Object.keys(parts), 'bus', 'defaults', 'warming']
  const faults = unknown('overrides', overrides, known)
  const bus = overrides.bus === undefined || typeof overrides.bus === 'boolean'
  return [
    ...faults,
    ...(bus ? [] : [{ path: 'bus', message: 'must be true or false' }]),
    ...Object.entries(parts).flatMap(([part, names]) => partFaults(part, overrides[part], names)),
  ]
}

function partFaults(part: string, value: unknown, names: readonly string[]): readonly ConfigFault[] {
  if (value === undefined || value === false) return []
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

function faultIn(path: string, check: () => void): readonly ConfigFault[] {
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
