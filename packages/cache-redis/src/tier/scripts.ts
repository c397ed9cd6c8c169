import { invalidatedState, stateOffset } from '@greenlang/codec'
import type { RedisCommand } from '../connect/client.ts'

/**
 * Marks what is there, and creates nothing: SETRANGE alone would. Where Redis is too full to write even in place, the
 * entry goes, for an invalidation must not be lost. What is not a string is not ours. A negative entry stays one under
 * the mark, as it holds no value: the script need not tell.
 */
const invalidateScript = `
for _, key in ipairs(KEYS) do
  local length = redis.pcall('STRLEN', key)
  if type(length) == 'number' and length > tonumber(ARGV[1]) then
    local marked = redis.pcall('SETRANGE', key, ARGV[1], ARGV[2])
    if type(marked) == 'table' then redis.call('UNLINK', key) end
  end
end
return #KEYS`

const offset = String(stateOffset)
const mark = Buffer.of(invalidatedState)

/** EVAL and not EVALSHA: its fallback would come a round trip later, after commands that were issued later. */
export function invalidateCommand(keys: readonly string[]): RedisCommand {
  return ['EVAL', invalidateScript, String(keys.length), ...keys, offset, mark]
}
