/**
 * All that the record does, as one script, one call a step; see the pieces for arguments and replies. Both its keys are
 * declared, and lie in one slot. Redis knows it by its hash; a Redis that lost it (SCRIPT FLUSH, another primary) says
 * NOSCRIPT, and the call is sent again with the text.
 */
import { createHash } from 'node:crypto'
import type { Standing } from '@greenlang/core/coherence'
import type { RedisCommand } from '../connect/link.ts'
import { askingLua } from './lua-asking.ts'
import { recordLua, tellLua } from './lua-record.ts'
import { standingLua } from './lua-standing.ts'
import type { BusNames } from './names.ts'

export type Operation = 'tell' | 'record' | 'beat' | 'replay' | 'rules' | 'retire'

export const busScript: string = `${tellLua}${standingLua}${recordLua}${askingLua}return redis.error_reply('ERR no such operation')`

const hash = createHash('sha1').update(busScript).digest('hex')

/** What follows the name of the script in a call of it. */
export function callOf(
  { record, stream }: BusNames,
  operation: Operation,
  { known, left, candidate }: Standing,
  args: readonly string[],
): RedisCommand {
  const standing = [known.history, String(known.sequence), candidate, String(left.length), ...left]
  return ['2', record, stream, operation, ...standing, ...args]
}

export const byHash = (call: RedisCommand): RedisCommand => ['EVALSHA', hash, ...call]
export const byText = (call: RedisCommand): RedisCommand => ['EVAL', busScript, ...call]

export function isUnknownScript(error: unknown): boolean {
  const { message } = (error ?? {}) as { message?: unknown }
  return typeof message === 'string' && message.startsWith('NOSCRIPT')
}
