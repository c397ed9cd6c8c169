/** What the script answers, as the bus wants it. `undefined`: it is not what our script answers. */
import type { InvalidationMode, Rule, Rules, Stamp, TagMark } from '@greenlang/core'
import type { Replay, Standing, WireFrame } from '@greenlang/core/coherence'
import { readFrame, readStamp } from './messages.ts'

export function stampOf(reply: unknown): Stamp | undefined {
  return Array.isArray(reply) ? readStamp(String(reply[0]), Number(reply[1])) : undefined
}

/** A number alone is one of the history that the caller knows. */
export function recordedAt(reply: unknown, { known }: Standing): Stamp | undefined {
  return typeof reply === 'number' ? readStamp(known.history, reply) : stampOf(reply)
}

/** Something in the stream that is not the frame it should be counts as lost. */
export function pageOf(reply: unknown, after: Stamp): Replay | undefined {
  const known = stampOf(reply)
  if (known === undefined) return undefined
  const [, , complete, ...messages] = reply as readonly unknown[]
  if (Number(complete) !== 1) return { kind: 'lost', known }
  const frames: WireFrame[] = []
  for (const [index, message] of messages.entries()) {
    const frame = readFrame(String(message))
    const expected = after.sequence + index + 1
    if (frame?.stamp.sequence !== expected || frame.stamp.history !== known.history)
      return { kind: 'lost', known }
    frames.push(frame)
  }
  return { kind: 'frames', frames, known }
}

/** Of the tags and rules those that are newer than `since`. */
export function rulesOf(reply: unknown, since: Stamp, tags: readonly string[]): Rules | undefined {
  const known = stampOf(reply)
  if (known === undefined) return undefined
  const [, , floor, retired, lines, ...marks] = reply as readonly unknown[]
  const after = since.history === known.history ? since.sequence : 0
  const newer = new Map<string, TagMark>()
  for (const [index, tag] of tags.entries()) {
    const mark = markOf(marks[index])
    if (mark !== undefined && mark.sequence > after) newer.set(tag, mark)
  }
  const rules = String(lines)
    .split('\n')
    .filter(line => line !== '')
    .map(line => ruleOf(line, known.history))
    .filter(rule => rule.stamp.sequence > after)
  return { known, floor: Number(floor), tags: newer, rules, retired: Number(retired) }
}

/** How a rule's target is written in the record. */
export function targetText(target: { readonly pattern: string } | { readonly all: true }): string {
  return 'pattern' in target ? JSON.stringify(target.pattern) : '*'
}

export const modeText = (mode: InvalidationMode): string => (mode === 'delete' ? 'd' : 'i')

function markOf(mark: unknown): TagMark | undefined {
  if (mark === null || mark === undefined) return undefined
  const text = String(mark)
  return { sequence: Number(text.slice(0, -1)), mode: modeOf(text.slice(-1)) }
}

function ruleOf(line: string, history: string): Rule {
  const [sequence = '', mode = ''] = line.split(' ', 2)
  const target = line.slice(sequence.length + mode.length + 2)
  return {
    stamp: { history, sequence: Number(sequence) },
    mode: modeOf(mode),
    target: targetOf(target),
  }
}

/** What cannot be read stands for everything. */
function targetOf(text: string): Rule['target'] {
  try {
    return text === '*' ? { all: true } : { pattern: String(JSON.parse(text)) }
  } catch {
    return { all: true }
  }
}

const modeOf = (text: string): InvalidationMode => (text === 'i' ? 'invalidate' : 'delete')
