/**
 * The key `user:1` under the prefix `app:` has up to three keys in Redis: `app:{user:1}` its value, `app:{user:1}l` the
 * lease to fill it, `app:{user:1}v` its version, or for a while the version of what was removed. Prefixes hold no braces
 * and those of the key are escaped, so prefix and key can be told apart again: two tiers, or two keys, never share a
 * Redis key, and one tier's keys are exactly those that begin with its prefix and a brace. The braces make the key its
 * own hash tag: what belongs to the key lies in the same slot of a cluster. Braces with nothing between are no hash tag,
 * so the key `''` is written `%`, which no other key becomes.
 */
/** What most keys hold none of; a test without the `u` flag is several times as fast as a replacement. */
const perhapsSpecial = /[%{}\ud800-\udfff]/
const special = /[%{}]|\p{Surrogate}/gu
const escaped = /%(?:u([0-9A-F]{4})|([0-9A-F]{2}))/g

/** Key → the key of its value. */
export function redisKey(prefix: string, key: string): string {
  if (key === '') return `${prefix}{%}`
  return `${prefix}{${perhapsSpecial.test(key) ? key.replace(special, escapeCharacter) : key}}`
}

/** Key of a value → key of its lease. */
export const leaseKey = (valueKey: string): string => `${valueKey}l`

/** Key of a value → key of its version. */
export const versionKey = (valueKey: string): string => `${valueKey}v`

/** What a key of Redis is to the tier with this prefix. */
export interface OwnKey {
  readonly key: string
  readonly role: 'value' | 'lease' | 'version'
}

/** `undefined` for keys that the tier never writes. */
export function ownKey(prefix: string, redisName: string): OwnKey | undefined {
  const end = redisName.indexOf('}', prefix.length)
  if (end < 0 || !redisName.startsWith(`${prefix}{`)) return undefined
  const role = roles[redisName.slice(end + 1)]
  if (role === undefined) return undefined
  const written = redisName.slice(prefix.length + 1, end)
  const key = written === '%' ? '' : written.replace(escaped, unescapeCharacter)
  return redisKey(prefix, key) === redisName.slice(0, end + 1) ? { key, role } : undefined
}

const roles: Readonly<Record<string, OwnKey['role']>> = { '': 'value', l: 'lease', v: 'version' }

/** Half a surrogate pair has no UTF-8: all halves would become the same bytes. */
function escapeCharacter(character: string): string {
  const hex = character.charCodeAt(0).toString(16).toUpperCase()
  return hex.length > 2 ? `%u${hex}` : `%${hex}`
}

function unescapeCharacter(_: string, wide: string | undefined, narrow: string | undefined): string {
  return String.fromCharCode(Number.parseInt(wide ?? narrow ?? '', 16))
}

/** The pattern of SCAN that matches every key of the tier with this prefix, and few others. */
export function scanPattern(prefix: string): string {
  return `${prefix.replace(/[*?[\]\\^]/g, '\\$&')}{*`
}
