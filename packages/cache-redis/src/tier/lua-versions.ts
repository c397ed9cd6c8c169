/**
 * Lua that all operations of the script share: how a key of Redis holds the version of a value.
 *
 * `={16 bytes}{version}`: the version of the value whose header has these bytes (8 to 23: checksum, length, birth; a mark
 * changes none of them). Over any other value it says nothing: that one counts as unversioned, so a plain SET need not
 * look for a version. Where there is no value it is what is left of one that was lost. `-{version}`: what is left of one
 * that was removed; for 30 s writes of lower versions are refused. Versions stay text: Lua prints large numbers rounded.
 */
export const versionsLua = `
local tombstoneMs = 30000
local sub = string.sub

local function headerOf(value)
  local bytes = redis.pcall('GETRANGE', value, 8, 23)
  return type(bytes) == 'string' and bytes or ''
end

-- The version of the value that is there, and the one that is left of a value that is not; nil for none.
local function versionsOf(value, key)
  local text = redis.pcall('GET', key)
  if type(text) ~= 'string' then return nil, nil end
  if sub(text, 1, 1) == '-' then return nil, tonumber(sub(text, 2)) and sub(text, 2) end
  local version = tonumber(sub(text, 18)) and sub(text, 18)
  if redis.call('EXISTS', value) == 0 then return nil, version end
  if headerOf(value) == sub(text, 2, 17) then return version, nil end
  redis.call('UNLINK', key)
  return nil, nil
end

local function higher(one, other)
  if one and other then return tonumber(one) > tonumber(other) and one or other end
  return one or other
end

local function remove(value, key, version)
  local removed = redis.call('UNLINK', value)
  if version then redis.call('SET', key, '-' .. version, 'PX', tombstoneMs) end
  return removed
end

-- The word that clients know the trouble by: old servers put a place in the script before it.
local function refusal(reply)
  local word = string.find(reply.err, 'OOM') and 'OOM' or string.match(reply.err, '%u%u+') or 'ERR'
  return redis.error_reply(word .. ' refused to store')
end
`
