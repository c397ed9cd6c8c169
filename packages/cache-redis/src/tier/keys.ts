/**
 * The key `user:1` under the prefix `app:` is `app:{user:1}` in Redis. Prefixes hold no braces and those of the key are
 * escaped, so prefix and key can be told apart again: two tiers, or two keys, never share a Redis key, and one tier's
 * keys are exactly those that begin with its prefix and a brace. The braces make the key its own hash tag: what later
 * belongs to the key lies in the same slot of a cluster.
 */
const special = /[%{}]|\p{Surrogate}/gu

/** Key → its key in Redis. */
export function redisKey(prefix: string, key: string): string {
  return `${prefix}{${key.replace(special, escapeCharacter)}}`
}

/** Half a surrogate pair has no UTF-8: all halves would become the same bytes. */
function escapeCharacter(character: string): string {
  const hex = character.charCodeAt(0).toString(16).toUpperCase()
  return hex.length > 2 ? `%u${hex}` : `%${hex}`
}

/** The pattern of SCAN that matches the keys under `prefix` and no others. */
export function scanPattern(prefix: string): string {
  return `${prefix.replace(/[*?[\]\\^]/g, '\\$&')}{*}`
}
