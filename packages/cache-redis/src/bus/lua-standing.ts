/**
 * What every call begins with. KEYS record, stream. ARGV operation, history and sequence the caller knows, a new history
 * should one begin, how many histories it left, those, then what the operation takes, from ARGV[first] on.
 *
 * The record is a hash: `history`, `sequence`, `floor`, `retired`, `rules` (a line each, oldest first: sequence, mode,
 * target) and a field `:tag` for each tag (sequence, mode). Modes are `d` and `i`; a target is the pattern as JSON, or
 * `*` for all. It goes as a whole or not at all, by eviction too; without it, or where it lies behind the caller, a new
 * history begins, and the stream of the old one goes.
 */
export const standingLua = `
local function text(number) return string.format('%.0f', number) end
local call, record, stream, operation, first = redis.call, KEYS[1], KEYS[2], ARGV[1], 6 + ARGV[5]
local head = call('HMGET', record, 'history', 'sequence')
local history, sequence = head[1], tonumber(head[2])
local behind = not sequence or not history or (history == ARGV[2] and sequence < (tonumber(ARGV[3]) or 0))
for at = 6, first - 1 do behind = behind or ARGV[at] == history end
if behind then
  history, sequence = ARGV[4], 0
  call('UNLINK', record, stream)
  call('HSET', record, 'history', history, 'sequence', '0', 'floor', '0', 'retired', '0', 'rules', '')
end
`
