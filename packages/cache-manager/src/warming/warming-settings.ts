import {
  checkBoolean,
  checkFunction,
  checkInteger,
  checkOptions,
  type Duration,
  InvalidOptionError,
  parseDuration,
} from '@greenlang/core'
import type { WarmItem, WarmOptions } from './warm-types.ts'

type WarmItems = Iterable<WarmItem> | AsyncIterable<WarmItem>

export interface WarmingOptions
  extends Pick<WarmOptions, 'deadline' | 'concurrency' | 'loadsAtOnce' | 'load'> {
  /** Whether it begins as the cache opens; requests do not wait for it. Default `true`. */
  onStart?: boolean
  /** How often it is done again. > 0. Default: never. */
  every?: Duration
  /** What is warmed, or what tells it each time. Default `[]`. */
  items?: WarmItems | (() => WarmItems)
  /** Keys that a tier remembers as read most, as a `diskTier` does over restarts: how many of them. Whole, >= 0. Default `1_000`. */
  hottest?: number
}

/** `WarmingOptions` checked. */
export interface WarmingSettings {
  readonly onStart: boolean
  readonly everyMs: number | undefined
  readonly items: WarmItems | (() => WarmItems)
  readonly hottest: number
  readonly deadlineMs: number
  readonly concurrency: number
  readonly loadsAtOnce: number
  readonly load: WarmOptions['load']
}

const names = ['onStart', 'every', 'items', 'hottest', 'deadline', 'concurrency', 'loadsAtOnce', 'load']

/** @throws InvalidOptionError */
export function checkWarming(options: WarmingOptions): WarmingSettings {
  checkOptions('warming', options, names)
  const { onStart = true, every, items = [], hottest = 1_000, deadline = '5s' } = options
  const { concurrency = 64, loadsAtOnce = 8, load } = options
  return {
    onStart: checkBoolean('warming.onStart', onStart),
    everyMs: every === undefined ? undefined : parseDuration('warming.every', every),
    items: checkItems(items),
    hottest: checkInteger('warming.hottest', hottest, 0),
    deadlineMs: parseDuration('warming.deadline', deadline),
    concurrency: checkInteger('warming.concurrency', concurrency, 1),
    loadsAtOnce: checkInteger('warming.loadsAtOnce', loadsAtOnce, 1),
    load: load === undefined ? undefined : checkFunction('warming.load', load),
  }
}

function checkItems(items: WarmingSettings['items']): WarmingSettings['items'] {
  if (typeof items === 'function') return items
  const isList = typeof items === 'object' && items !== null
  if (isList && (Symbol.iterator in items || Symbol.asyncIterator in items)) return items
  throw new InvalidOptionError('warming.items', 'a list of keys, or a function that gives one', items)
}
