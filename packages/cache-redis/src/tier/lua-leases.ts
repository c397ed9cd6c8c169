import { invalidatedState, stateOffset } from '@greenlang/codec'

/** So many bytes tell one value that could not be read from another: all of the header and some. */
export const seenBytes = 64

/**
 * claim: KEYS of each key: value, lease. ARGV how long a lease stands in ms, then for each key its token and two that
 * say what its caller does not accept: nothing (both empty), an entry by its stamp (sequence and length of the history
 * as in the header, then the history), or what it could not read (`s`, then its first 64 bytes).
 * Replies for each key: the bytes of the value, or 0 for a lease granted, or for how many ms another's still stands.
 * A value that is marked is as good as absent, and so is what is no string. A lease without an end is not ours.
 */
const claimLua = `
local function accepts(value, kind, what)
  if type(value) ~= 'string' or string.byte(value, ${stateOffset + 1}) == ${invalidatedState} then return false end
  if kind == '' then return true end
  if kind == 's' then return sub(value, 1, ${seenBytes}) ~= what end
  return sub(value, 41, 52) ~= kind or sub(value, 61, 60 + #what) ~= what
end

if operation == 'claim' then
  local replies = {}
  for at = 1, #KEYS, 2 do
    local first = (at - 1) / 2 * 3 + 3
    local value = redis.pcall('GET', KEYS[at])
    local lease = KEYS[at + 1]
    if accepts(value, ARGV[first + 1], ARGV[first + 2]) then
      replies[#replies + 1] = value
    else
      local granted = redis.pcall('SET', lease, ARGV[first], 'NX', 'PX', ARGV[2])
      if granted and granted.err then return refusal(granted) end
      local left = granted and 0 or redis.call('PTTL', lease)
      if left < 0 then redis.call('SET', lease, ARGV[first], 'PX', ARGV[2]) end
      replies[#replies + 1] = granted and 0 or left < 0 and 0 or math.max(left, 1)
    end
  end
  return replies
end
`

/** renew: KEYS lease. ARGV token, how long it stands in ms. Replies 1 if it still stood. */
const renewLua = `
if operation == 'renew' then
  if redis.pcall('GET', KEYS[1]) ~= ARGV[2] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
`

/** release: KEYS lease. ARGV token. Replies 1 if it still stood. */
const releaseLua = `
if operation == 'release' then
  if redis.pcall('GET', KEYS[1]) ~= ARGV[2] then return 0 end
  return redis.call('UNLINK', KEYS[1])
end
`

export const leasesLua = claimLua + renewLua + releaseLua
