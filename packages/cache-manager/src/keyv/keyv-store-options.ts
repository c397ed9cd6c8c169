import { checkOptions, checkText, type Duration, parseDuration } from '@greenlang/core'

export interface KeyvStoreOptions {
  /** Put before the keys, so that `clear` leaves what else is in the cache. Not empty. Default `'keyv'`. */
  namespace?: string
  /** How long a value is kept for which Keyv names no ttl. > 0. Default `Infinity`: until it is evicted or deleted. */
  ttl?: Duration
}

/** `KeyvStoreOptions` checked, with the defaults in place. */
export interface KeyvStoreSettings {
  readonly namespace: string
  readonly ttlMs: number
}

/** @throws InvalidOptionError for a bad option. */
export function checkKeyvStoreOptions(options: KeyvStoreOptions): KeyvStoreSettings {
  checkOptions('keyvStore', options, ['namespace', 'ttl'])
  const { namespace = 'keyv', ttl = Number.POSITIVE_INFINITY } = options
  return { namespace: checkText('namespace', namespace), ttlMs: parseDuration('ttl', ttl) }
}
