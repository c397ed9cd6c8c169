import { createSecretKey, type KeyObject } from 'node:crypto'
import { types } from 'node:util'
import { checkOneOf, checkOptions, checkText, InvalidOptionError } from '@greenlang/core'

export interface SealOptions {
  /** `'sign'` makes forging impossible (HMAC-SHA-256), `'encrypt'` reading of values too (AES-256-GCM). No default. */
  mode: 'sign' | 'encrypt'
  /** Keys by the id that is stored with each entry: the first one seals, all of them open. 1 to 16. No default. */
  keys: readonly SealKey[]
}

export interface SealKey {
  /** Name of the key, readable in the store. 1 to 64 bytes of UTF-8. No default. */
  id: string
  /** Random bytes, or a string that stands for its UTF-8. >= 32 bytes to sign, exactly 32 to encrypt. No default. */
  secret: string | Uint8Array
}

/** `SealOptions` checked; the secrets are held where neither logs nor inspection show them. */
export interface CheckedSeal {
  readonly mode: 'sign' | 'encrypt'
  readonly keys: readonly [CheckedKey, ...CheckedKey[]]
}

export interface CheckedKey {
  readonly id: Buffer
  readonly secret: KeyObject
}

const mostKeys = 16
const longestId = 64
const secretBytes = 32

/** @throws InvalidOptionError; it never shows a secret. */
export function checkSeal(options: SealOptions): CheckedSeal {
  checkOptions('seal', options, ['mode', 'keys'])
  const mode = checkOneOf('seal.mode', options.mode, ['sign', 'encrypt'])
  const { keys } = options
  if (!Array.isArray(keys) || keys.length > mostKeys)
    throw new InvalidOptionError('seal.keys', `an array of 1 to ${mostKeys} keys`, undefined)
  const [first, ...others] = keys.map((key, index) => checkKey(key, index, mode))
  if (!first) throw new InvalidOptionError('seal.keys', `an array of 1 to ${mostKeys} keys`, undefined)
  const ids = new Set(keys.map(({ id }) => id))
  if (ids.size < keys.length) throw new InvalidOptionError('seal.keys', 'keys of different ids', undefined)
  return { mode, keys: [first, ...others] }
}

function checkKey(key: SealKey, index: number, mode: SealOptions['mode']): CheckedKey {
  const option = `seal.keys[${index}]`
  checkOptions(option, key, ['id', 'secret'])
  const id = Buffer.from(checkText(`${option}.id`, key.id))
  if (id.length > longestId)
    throw new InvalidOptionError(`${option}.id`, `at most ${longestId} bytes`, key.id)
  const secret = secretOf(key.secret)
  const fits = secret && (mode === 'sign' ? secret.length >= secretBytes : secret.length === secretBytes)
  if (!fits) {
    const length = mode === 'sign' ? `at least ${secretBytes} bytes` : `exactly ${secretBytes} bytes`
    throw new InvalidOptionError(`${option}.secret`, length, '(not shown)')
  }
  return { id, secret: createSecretKey(secret) }
}

function secretOf(secret: unknown): Buffer | undefined {
  if (typeof secret === 'string') return Buffer.from(secret)
  return types.isUint8Array(secret) ? Buffer.from(secret) : undefined
}
