import { invalidatedState, stateOffset } from '@greenlang/codec'

/**
 * remove: what `deleteMany` does. KEYS of each key: value, lease, version. Replies how many values there were.
 * The version of each value stays for a while.
 */
const removeLua = `
if operation == 'remove' then
  local removed = 0
  for at = 1, #KEYS, 3 do
    local version = versionsOf(KEYS[at], KEYS[at + 2])
    removed = removed + remove(KEYS[at], KEYS[at + 2], version)
    redis.call('UNLINK', KEYS[at + 1])
  end
  return removed
end
`

/**
 * mark: what `invalidateMany` does. KEYS of each key: value, lease, version. Replies 0.
 * Creates nothing: SETRANGE alone would. Where Redis is too full to write even in place, the value goes, for an
 * invalidation must not be lost. What is not a string is not ours. A negative entry stays one under the mark, as it
 * holds no value: the script need not tell.
 */
const markLua = `
if operation == 'mark' then
  for at = 1, #KEYS, 3 do
    local length = redis.pcall('STRLEN', KEYS[at])
    if type(length) == 'number' and length > ${stateOffset} then
      local marked = redis.pcall('SETRANGE', KEYS[at], ${stateOffset}, '\\${invalidatedState}')
      if type(marked) == 'table' then
        local version = versionsOf(KEYS[at], KEYS[at + 2])
        remove(KEYS[at], KEYS[at + 2], version)
      end
    end
    redis.call('UNLINK', KEYS[at + 1])
  end
  return 0
end
`

/** bury: KEYS value, lease, version. ARGV version. Replies 0. */
const buryLua = `
if operation == 'bury' then
  local version, left = versionsOf(KEYS[1], KEYS[3])
  redis.call('UNLINK', KEYS[2])
  if tonumber(version or 0) <= tonumber(ARGV[2]) then remove(KEYS[1], KEYS[3], higher(ARGV[2], left)) end
  return 0
end
`

/**
 * sweep: KEYS of each key: value, version. ARGV sequence, length of the history (4 bytes), history. Replies how many
 * values went: those of another history or a lower sequence, and what is no entry. It reads headers only.
 */
const sweepLua = `
if operation == 'sweep' then
  local removed = 0
  for at = 1, #KEYS, 2 do
    local header = redis.pcall('GETRANGE', KEYS[at], 0, 59 + #ARGV[4])
    local keep = type(header) == 'string' and sub(header, 49, 52) == ARGV[3] and sub(header, 61) == ARGV[4]
    if keep then keep = struct.unpack('>d', sub(header, 41, 48)) >= tonumber(ARGV[2]) end
    if not keep then
      local version = versionsOf(KEYS[at], KEYS[at + 1])
      removed = removed + remove(KEYS[at], KEYS[at + 1], version)
    end
  end
  return removed
end
`

export const removingLua = removeLua + markLua + buryLua + sweepLua
