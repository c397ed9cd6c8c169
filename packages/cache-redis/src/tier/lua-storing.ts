/**
 * What fill and write share. The life of the value in ms is empty for one that never ends and 0 for one that has ended.
 * SET comes before any other write: a script that has written is no longer refused for memory, and would fill Redis
 * past its limit. Where it is refused the older value goes, and the version is remembered as that of what was removed.
 */
const storeLua = `
local function store(value, key, bytes, lifeMs, version)
  if lifeMs == '0' then
    remove(value, key, version)
    return nil
  end
  local stored
  if lifeMs == '' then stored = redis.pcall('SET', value, bytes)
  else stored = redis.pcall('SET', value, bytes, 'PX', lifeMs) end
  if stored.err then
    remove(value, key, version)
    return refusal(stored)
  end
  if version then
    local text = '=' .. headerOf(value) .. version
    if lifeMs == '' then redis.call('SET', key, text)
    else redis.call('SET', key, text, 'PX', string.format('%.0f', tonumber(lifeMs) + tombstoneMs)) end
  end
  return nil
end
`

/**
 * fill: KEYS value, lease, version. ARGV token, bytes, life, version or nothing. Replies 1 if it was stored, 0 if the
 * lease had gone. The lease is spent in either case.
 */
const fillLua = `
if operation == 'fill' then
  if redis.pcall('GET', KEYS[2]) ~= ARGV[2] then return 0 end
  local refused = store(KEYS[1], KEYS[3], ARGV[3], ARGV[4], ARGV[5] ~= '' and ARGV[5] or nil)
  redis.call('UNLINK', KEYS[2])
  return refused or 1
end
`

/**
 * write: KEYS value, lease, version. ARGV bytes, life, version or nothing. Replies 1 if it was stored, 2 if a higher
 * version is there or was removed a moment ago, 3 if of two values one has no version: nothing is there then.
 */
const writeLua = `
if operation == 'write' then
  local version, left = versionsOf(KEYS[1], KEYS[3])
  local there = redis.call('EXISTS', KEYS[1]) == 1
  local given = ARGV[4] ~= '' and ARGV[4] or nil
  local lowest = version
  if not there then lowest = left end
  if given and lowest and tonumber(lowest) > tonumber(given) then
    redis.call('UNLINK', KEYS[2])
    return 2
  end
  if there and (version == nil) ~= (given == nil) then
    remove(KEYS[1], KEYS[3], higher(given, version))
    redis.call('UNLINK', KEYS[2])
    return 3
  end
  local refused = store(KEYS[1], KEYS[3], ARGV[2], ARGV[3], given)
  redis.call('UNLINK', KEYS[2])
  return refused or 1
end
`

export const storingLua = storeLua + fillLua + writeLua
