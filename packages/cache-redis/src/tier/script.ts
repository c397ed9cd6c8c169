/**
 * All that must be one step for a key, as one script: the first argument says which operation. Redis knows it by its
 * hash; where it does not (SCRIPT FLUSH, a new primary) it says NOSCRIPT and the call is sent again with the text.
 *
 * One script and not nine, for the order of calls: of calls under way at once, all are refused or none, and as refusals
 * come in the order of the calls, so are they sent again. Nine would be learnt one by one, and a delete that was known
 * would overtake a write that was not. What is left: where another process teaches Redis the script between two calls
 * of ours, the first takes effect after the second. A fill is then refused, as its lease has gone, a removal drops too
 * much, and of two writes at once, without versions, either may be the last, as if they had come from two processes.
 * A plain SET, which never waits for a script, can be dropped in that way by a removal that was asked for before it.
 * Rejected: EVAL with the text each time, 4 kB and their hash for each call.
 */
import { createHash } from 'node:crypto'
import type { RedisCommand } from '../connect/link.ts'
import { leasesLua } from './lua-leases.ts'
import { removingLua } from './lua-removing.ts'
import { storingLua } from './lua-storing.ts'
import { versionsLua } from './lua-versions.ts'

/** Everything in one text; see the pieces for keys, arguments and replies. */
export const script = [
  'local operation = ARGV[1]',
  versionsLua,
  leasesLua,
  storingLua,
  removingLua,
  "return redis.error_reply('ERR no such operation')",
]
  .join('\n')
  .replace(/^ *-- .*\n/gm, '')

const hash = createHash('sha1').update(script).digest('hex')

export type Operation =
  | 'claim'
  | 'fill'
  | 'write'
  | 'renew'
  | 'release'
  | 'remove'
  | 'mark'
  | 'bury'
  | 'sweep'

/** One call of the script; its keys lie in one slot. */
export interface ScriptCall {
  readonly operation: Operation
  readonly keys: readonly (string | Buffer)[]
  readonly args: RedisCommand
}

export function byHash({ operation, keys, args }: ScriptCall): RedisCommand {
  return ['EVALSHA', hash, String(keys.length), ...keys, operation, ...args]
}

export function byText({ operation, keys, args }: ScriptCall): RedisCommand {
  return ['EVAL', script, String(keys.length), ...keys, operation, ...args]
}

/** What Redis says to a hash that it does not know. */
export function isUnknownScript(error: unknown): boolean {
  const { message } = (error ?? {}) as { message?: unknown }
  return typeof message === 'string' && message.startsWith('NOSCRIPT')
}
