/**
 * What goes over the channels, as JSON: a frame is `[history, sequence, origin, invalidation]`, a beat
 * `[sentAt, history, sequence]`. The client writes all but the stamp, and the script, which knows that, puts it in
 * front: no part of an invalidation is ever parsed by the server. Whoever may publish there can send anything, so a
 * message is what it says only once it was checked.
 */
import type { Stamp } from '@greenlang/core'
import type { Standing, WireFrame } from '@greenlang/core/coherence'
import { mostCharacters, readInvalidation } from './invalidation.ts'

/** Longest message that is read: an invalidation, and some for what stands before it. */
const longestMessage = mostCharacters + 10_000
/** As histories are drawn: 128 bits in base64url. */
const historyShape = /^[\w-]{22}$/

/** The end of a frame, after its sequence. */
export function frameEnd({ origin }: Standing, invalidationJson: string): string {
  return `,${JSON.stringify(origin)},${invalidationJson}]`
}

/** `undefined` for what is none of ours. */
export function readFrame(message: string): WireFrame | undefined {
  const parts = readList(message, 4)
  if (parts === undefined) return undefined
  const [history, sequence, origin, content] = parts
  const stamp = readStamp(history, sequence)
  const invalidation = readInvalidation(content)
  if (stamp === undefined || invalidation === undefined || typeof origin !== 'string') return undefined
  return stamp.sequence > 0 ? { stamp, invalidation, origin } : undefined
}

export interface Beat {
  readonly sentAt: number
  readonly stamp: Stamp
}

/** `undefined` for what is none of ours. */
export function readBeat(message: string): Beat | undefined {
  const parts = readList(message, 3)
  if (parts === undefined) return undefined
  const [sentAt, history, sequence] = parts
  const stamp = readStamp(history, sequence)
  return stamp !== undefined && typeof sentAt === 'number' ? { sentAt, stamp } : undefined
}

export function readStamp(history: unknown, sequence: unknown): Stamp | undefined {
  if (typeof history !== 'string' || !historyShape.test(history)) return undefined
  return Number.isSafeInteger(sequence) && (sequence as number) >= 0
    ? { history, sequence: sequence as number }
    : undefined
}

function readList(message: string, length: number): readonly unknown[] | undefined {
  if (message.length > longestMessage || message[0] !== '[') return undefined
  try {
    const parts: unknown = JSON.parse(message)
    return Array.isArray(parts) && parts.length === length ? parts : undefined
  } catch {
    return undefined
  }
}
