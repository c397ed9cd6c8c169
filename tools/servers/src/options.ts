import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  checkFunction,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkText,
  InvalidOptionError,
} from '@greenlang/core'

/** What every server, and every group of servers, is started with. */
export interface CommonOptions {
  /** Called with each line a person may want to see: starting, downloading, ready. Default: nobody is told. */
  report?: (line: string) => void
  /** Directory where downloads are kept for the next start. Default `.cache/servers` of this repository. */
  cacheDirectory?: string
  /** Ends the start early, in any phase, by rejection with its reason; nothing is left. Default: none. */
  signal?: AbortSignal
  /** The server's own settings, by its own names, over those for a throw-away server. Default `{}`. */
  settings?: Readonly<Record<string, string>>
}

/** What both servers are started with. */
export interface StartOptions extends CommonOptions {
  /** TCP port of 127.0.0.1 to listen on, 1 to 65535. Default: one that is free. */
  port?: number
}

export interface CheckedCommon {
  readonly report: (line: string) => void
  readonly cacheDirectory: string
  readonly signal: AbortSignal | undefined
  readonly settings: Readonly<Record<string, string>>
}

export interface CheckedOptions extends CheckedCommon {
  readonly port: number | undefined
}

const common = ['report', 'cacheDirectory', 'signal', 'settings']
/** Settings that the server's `url` depends on. */
const ours = ['port', 'requirepass']
const settingName = /^[a-z][a-z0-9_.-]*$/i

/** @throws InvalidOptionError naming the option that is unknown or bad. */
export function checkStartOptions(
  subject: string,
  options: StartOptions,
  more: readonly string[],
): CheckedOptions {
  const checked = checkCommonOptions(subject, options, { more: ['port', ...more], ours })
  const { port } = options
  return { ...checked, port: port === undefined ? undefined : checkInteger('port', port, 1, 65_535) }
}

/**
 * `more` are the options it has besides; `ours` are settings that the caller may not choose.
 * @throws InvalidOptionError naming the option that is unknown or bad.
 */
export function checkCommonOptions(
  subject: string,
  options: CommonOptions,
  { more, ours }: { more: readonly string[]; ours: readonly string[] },
): CheckedCommon {
  checkOptions(subject, options, [...common, ...more])
  const { report = () => {}, cacheDirectory = defaultCacheDirectory, signal, settings = {} } = options
  return {
    report: checkFunction('report', report),
    cacheDirectory: resolve(checkText('cacheDirectory', cacheDirectory)),
    signal,
    settings: checkSettings(settings, ours),
  }
}

/** The ways to get binaries, each one that exists. */
export function checkWays<Way extends string>(ways: readonly Way[], choices: readonly Way[]): readonly Way[] {
  if (!Array.isArray(ways) || ways.length === 0)
    throw new InvalidOptionError('from', 'an array that is not empty', ways)
  return ways.map(way => checkOneOf('from', way, choices))
}

function checkSettings(
  settings: Readonly<Record<string, string>>,
  ours: readonly string[],
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(settings)) {
    if (!settingName.test(name)) throw new InvalidOptionError('settings', 'names of settings', name)
    if (ours.includes(name)) throw new InvalidOptionError('settings', `without ${ours.join(' and ')}`, name)
    if (typeof value !== 'string' || /[\n\r\0]/.test(value))
      throw new InvalidOptionError(`settings.${name}`, 'a string of one line', value)
  }
  return settings
}

const defaultCacheDirectory = fileURLToPath(new URL('../../../.cache/servers', import.meta.url))
