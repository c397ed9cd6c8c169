/**
 * Fingerprints by PostgreSQL's own parser (libpg-query, WebAssembly), memoised by text: the first look at a text costs
 * some 100 µs and grows with its length, the next ones below a microsecond.
 *
 * What cannot be parsed has the fingerprint `unparsed`: a syntax error, a text longer than 20 000 characters, and
 * anything before the parser is loaded. Its text is never kept, as nobody can say which part of it is a value.
 */
import { normalise } from './normalise.ts'
import { createTextCache, type TextCache } from './text-cache.ts'

export interface Fingerprint {
  /** 16 hexadecimal digits. */
  readonly id: string
  /** The query with its values replaced by `$n`. */
  readonly text: string
}

export type ParserState = 'loading' | 'ready' | 'failed'

export interface Fingerprinter {
  readonly state: ParserState
  /** Resolves when the parser is loaded or has failed to load. */
  readonly ready: Promise<void>
  /** Never throws. */
  of(text: string): Fingerprint
}

export const unparsed: Fingerprint = Object.freeze({ id: '0'.repeat(16), text: 'unparsed' })

const longestParsed = 20_000
const cacheBounds = { maxEntries: 2000, maxCharacters: 4_000_000 }

type Parse = (text: string) => string

export function createFingerprinter(load: () => Promise<Parse> = loadParser): Fingerprinter {
  return new MemoisedFingerprinter(load)
}

class MemoisedFingerprinter implements Fingerprinter {
  readonly ready: Promise<void>
  readonly #cache: TextCache<Fingerprint> = createTextCache(cacheBounds)
  #state: ParserState = 'loading'
  #parse: Parse | undefined

  constructor(load: () => Promise<Parse>) {
    this.ready = this.#load(load)
  }

  get state(): ParserState {
    return this.#state
  }

  of(text: string): Fingerprint {
    if (!this.#parse || text.length > longestParsed) return unparsed
    const known = this.#cache.get(text)
    if (known) return known
    const found = fingerprintWith(this.#parse, text)
    this.#cache.set(text, found)
    return found
  }

  async #load(load: () => Promise<Parse>): Promise<void> {
    try {
      this.#parse = await load()
      this.#state = 'ready'
    } catch {
      this.#state = 'failed'
    }
  }
}

/** libpg-query throws some errors and returns others as if they were the result, with the text in them. */
function fingerprintWith(parse: Parse, text: string): Fingerprint {
  try {
    const id = parse(text)
    return /^[0-9a-f]{16}$/.test(id) ? { id, text: normalise(text) } : unparsed
  } catch {
    return unparsed
  }
}

async function loadParser(): Promise<Parse> {
  const { fingerprintSync, loadModule } = await import('libpg-query')
  await loadModule()
  return fingerprintSync
}
