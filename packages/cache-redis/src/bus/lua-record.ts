/** A stream that refuses the next number is not ours: what is missing in the new one is told as lost. */
const streamAnewLua = `
redis.call('UNLINK', KEYS[2])
redis.call('XADD', KEYS[2], id, 'm', message)
`

/**
 * tell: a record of kind nothing, by a caller that left no history, with the same ARGV. Replies the sequence where the
 * history is the one that the caller knows, and else goes on as a record. It comes before all else and does no more
 * than it must: it is most of what a bus does, and half the time of a script is that of the calls it makes.
 */
export const tellLua = `
if ARGV[1] == 'tell' and redis.call('HGET', KEYS[1], 'history') == ARGV[2] then
  local sequence = redis.call('HINCRBY', KEYS[1], 'sequence', 1)
  if sequence > tonumber(ARGV[3]) then
    local number = string.format('%.0f', sequence)
    local id, message = number .. '-0', '["' .. ARGV[2] .. '",' .. number .. ARGV[8]
    if redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', ARGV[7], id, 'm', message).err then ${streamAnewLua} end
    redis.call('PUBLISH', ARGV[6], message)
    return sequence
  end
  redis.call('UNLINK', KEYS[1])
end
`

/**
 * record: ARGV channel of frames, longest stream, what of the frame follows its sequence (JSON), kind; with kind `t` the
 * mode, how many tags the table holds, and the fields of the tags; with kind `r` the mode and the target of a rule.
 * Replies history and sequence.
 */
const appendLua = `
local id, message = number .. '-0', '["' .. history .. '",' .. number .. ARGV[first + 2]
local added = redis.pcall('XADD', stream, 'MAXLEN', '~', ARGV[first + 1], id, 'm', message)
if added.err then ${streamAnewLua} end
call('PUBLISH', ARGV[first], message)
`

/** In pieces, for Lua takes no more than some thousand arguments. A tag that was deleted once stays so. */
const markTagsLua = `
local mode, maxTags, piece = ARGV[first + 4], tonumber(ARGV[first + 5]), 1000
for from = first + 6, #ARGV, piece do
  local to = math.min(from + piece - 1, #ARGV)
  local held = mode == 'i' and call('HMGET', record, unpack(ARGV, from, to)) or {}
  local marks = {}
  for at = from, to do
    local mark = held[at - from + 1]
    marks[#marks + 1] = ARGV[at]
    marks[#marks + 1] = number .. (mark and string.sub(mark, -1) or mode)
  end
  call('HSET', record, unpack(marks))
end
`

/** Fields of the record beside those of tags. */
const otherFields = 5
/** Tags given up at once beyond those that must go, so that the next calls find room; an eighth of a small table. */
const spareTags = 32
/** Fields looked at in one call: half a millisecond of Redis. */
const longestSample = 512
/** Past it, no sample is large enough to find those that are old. */
const mostOver = longestSample / 2 - spareTags

/**
 * Of a sample the oldest eighth goes, a quarter and more where a call brings many tags, and the floor rises to the newest of those. Where one call brings too many tags
 * at once, the table begins anew and the floor is the present sequence. Rejected: the oldest tag exactly, which takes a
 * list beside the hash, or 5 ms to look at 10 000 fields while Redis serves nobody.
 */
const makeRoomLua = `
local over = call('HLEN', record) - ${otherFields} - maxTags
if over > ${mostOver} then
  local kept = call('HMGET', record, 'retired', 'rules')
  call('UNLINK', record)
  call('HSET', record, 'history', history, 'sequence', number, 'floor', number, 'retired', kept[1], 'rules', kept[2])
elseif over > 0 then
  local going = over + math.min(${spareTags}, math.floor(maxTags / 8))
  local sample = call('HRANDFIELD', record, math.min(${longestSample}, going * 8), 'WITHVALUES')
  local fields, ages, sorted, gone = {}, {}, {}, {}
  for at = 1, #sample, 2 do
    if string.byte(sample[at]) == 58 then
      local age = tonumber(string.sub(sample[at + 1], 1, -2))
      fields[#fields + 1], ages[#ages + 1], sorted[#sorted + 1] = sample[at], age, age
    end
  end
  table.sort(sorted)
  local newest = sorted[math.min(going, #sorted)]
  for at, age in ipairs(ages) do
    if age <= newest then gone[#gone + 1] = fields[at] end
  end
  if #gone > 0 then
    call('HDEL', record, unpack(gone))
    local floor = tonumber(call('HGET', record, 'floor'))
    if newest > floor then call('HSET', record, 'floor', text(newest)) end
  end
end
`

/** The same number as in \`createRuleList\` of core, past which rules become one for everything. */
const mostRules = 64

/** As \`createRuleList\` does it. The new rule is the newest, so nothing that is there covers it. */
const addRuleLua = `
local mode, target = ARGV[first + 4], ARGV[first + 5]
local kept, strongest = {}, mode
for line in string.gmatch(call('HGET', record, 'rules'), '[^\\n]+') do
  local heldMode, heldTarget = string.match(line, '^%d+ (%l) (.*)$')
  local covered = (mode == 'd' or heldMode == 'i') and (target == '*' or target == heldTarget)
  if not covered then
    kept[#kept + 1] = line
    if heldMode == 'd' then strongest = 'd' end
  end
end
kept[#kept + 1] = number .. ' ' .. mode .. ' ' .. target
if #kept > ${mostRules} then kept = { number .. ' ' .. strongest .. ' *' } end
call('HSET', record, 'rules', table.concat(kept, '\\n'))
`

/** The count comes first: a full Redis refuses it, and then nothing has happened. */
export const recordLua = `
if operation == 'record' or operation == 'tell' then
  local number = text(call('HINCRBY', record, 'sequence', 1))
  local kind = ARGV[first + 3]
  if kind == 't' then ${markTagsLua} ${makeRoomLua} end
  if kind == 'r' then ${addRuleLua} end
  ${appendLua}
  return { history, number }
end
`
