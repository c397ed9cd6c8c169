import {
  type ByteSize,
  type Clock,
  checkBoolean,
  checkClock,
  checkFunction,
  checkInteger,
  checkOptions,
  type Duration,
  parseByteSize,
  parseDuration,
  systemClock,
} from '@greenlang/core'

export interface CachedFetchOptions {
  /** Asks the origin. Default: the global `fetch`, as it is when it is called. */
  fetch?: typeof globalThis.fetch
  /**
   * Whether the answers are for all users, as in a proxy: `private` ones are then not stored, nor are those to requests with an
   * `Authorization`, unless the origin allows it. `false` only where every request is of one and the same user. Default `true`.
   */
  shared?: boolean
  /** Longest body that is stored; a longer one goes to its caller as it comes. In bytes, > 0. Default `'1mb'`. */
  maxBodyBytes?: ByteSize
  /** Most answers that are kept for one URL where the origin says `Vary`; past it the oldest goes. Whole, >= 1. Default `20`. */
  maxVariants?: number
  /** Whether answers with `Set-Cookie` are stored in a shared cache, cookies and all. Default `false`. */
  storeCookies?: boolean
  /** How long past its time an answer with `ETag` or `Last-Modified` is kept, to be asked for conditionally. >= 0. Default `'1d'`. */
  revalidateFor?: Duration
  /** Names that an answer can be invalidated by, from its request; each a string that is not empty. Default: none. */
  tags?: (request: Request) => readonly string[]
  /** Where the time is read: that of the cache. Default `systemClock`. */
  clock?: Clock
}

/** `CachedFetchOptions` checked, with the defaults in place. */
export interface HttpSettings {
  readonly fetch: typeof globalThis.fetch
  readonly shared: boolean
  readonly maxBodyBytes: number
  readonly maxVariants: number
  readonly storeCookies: boolean
  readonly revalidateForMs: number
  readonly tags: (request: Request) => readonly string[]
  readonly clock: Clock
}

const optionNames = [
  'fetch',
  'shared',
  'maxBodyBytes',
  'maxVariants',
  'storeCookies',
  'revalidateFor',
  'tags',
  'clock',
]

/** @throws InvalidOptionError for a bad option. */
export function checkHttpOptions(options: CachedFetchOptions): HttpSettings {
  checkOptions('cachedFetch', options, optionNames)
  const { fetch = (input, init) => globalThis.fetch(input, init), shared = true, tags = () => [] } = options
  const { maxBodyBytes = '1mb', maxVariants = 20, storeCookies = false } = options
  const { revalidateFor = '1d', clock = systemClock } = options
  return {
    fetch: checkFunction('fetch', fetch),
    shared: checkBoolean('shared', shared),
    maxBodyBytes: parseByteSize('maxBodyBytes', maxBodyBytes),
    maxVariants: checkInteger('maxVariants', maxVariants, 1),
    storeCookies: checkBoolean('storeCookies', storeCookies),
    revalidateForMs: parseDuration('revalidateFor', revalidateFor, { minMs: 0 }),
    tags: checkFunction('tags', tags),
    clock: checkClock('clock', clock),
  }
}
