/** beat: ARGV channel of the process, when it was sent. Replies history and sequence. */
const beatLua = `
if operation == 'beat' then
  call('PUBLISH', ARGV[first], '[' .. ARGV[first + 1] .. ',"' .. history .. '",' .. text(sequence) .. ']')
  return { history, sequence }
end
`

/**
 * replay: ARGV history and sequence after which frames are wanted, and how many at most. Replies history, sequence,
 * whether they are all there (1 or 0), and if so the frames, oldest first.
 */
const replayLua = `
if operation == 'replay' then
  local after = tonumber(ARGV[first + 1])
  if ARGV[first] ~= history or after > sequence then return { history, sequence, 0 } end
  local reply, count = { history, sequence, 1 }, math.min(sequence - after, tonumber(ARGV[first + 2]))
  if count == 0 then return reply end
  local entries = redis.pcall('XRANGE', stream, text(after + 1) .. '-0', '+', 'COUNT', text(count))
  local last = entries[count]
  if not last or last[1] ~= text(after + count) .. '-0' then return { history, sequence, 0 } end
  for at, entry in ipairs(entries) do reply[at + 3] = entry[2][2] end
  return reply
end
`

/** rules: ARGV the fields of tags. Replies history, sequence, floor, retired, the rules, and the mark of each tag. */
const rulesLua = `
if operation == 'rules' then
  local others, piece = call('HMGET', record, 'floor', 'retired', 'rules'), 1000
  local reply = { history, sequence, others[1], others[2], others[3] }
  for from = first, #ARGV, piece do
    local marks = call('HMGET', record, unpack(ARGV, from, math.min(from + piece - 1, #ARGV)))
    for at = 1, #marks do reply[#reply + 1] = marks[at] end
  end
  return reply
end
`

/**
 * retire: ARGV history, sequence and target of the rule. Replies history and sequence. A rule that was merged into a
 * wider one, or is of another history, is not there as it was: nothing happens.
 */
const retireLua = `
if operation == 'retire' then
  local kept, found = {}, false
  for line in string.gmatch(call('HGET', record, 'rules'), '[^\\n]+') do
    local heldSequence, target = string.match(line, '^(%d+) %l (.*)$')
    if ARGV[first] == history and heldSequence == ARGV[first + 1] and target == ARGV[first + 2] then found = true
    else kept[#kept + 1] = line end
  end
  if found then
    local retired = math.max(tonumber(call('HGET', record, 'retired')), tonumber(ARGV[first + 1]))
    call('HSET', record, 'retired', text(retired), 'rules', table.concat(kept, '\\n'))
  end
  return { history, sequence }
end
`

export const askingLua = beatLua + replayLua + rulesLua + retireLua
