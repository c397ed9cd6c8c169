/** The bus record as a server keeps it: history, sequence, tags, rules, floor and stream, all of it or nothing. */
import type { Invalidation, Rule, Rules, Stamp, TagMark } from '@greenlang/core'
import { createRuleList, type Replay, type Standing, type WireFrame } from '@greenlang/core/coherence'

export interface RecordState {
  readonly history: string
  sequence: number
  readonly tags: Map<string, TagMark>
  floor: number
  rules: readonly Rule[]
  retired: number
  stream: readonly WireFrame[]
}

export interface RecordLimits {
  readonly maxTags: number
  readonly maxStream: number
  /** A record that lies behind its callers begins a new history; `false` only in a mutant. */
  readonly rotates: boolean
}

export function newRecord(history: string): RecordState {
  return { history, sequence: 0, tags: new Map(), floor: 0, rules: [], retired: 0, stream: [] }
}

export function copyRecord(record: RecordState): RecordState {
  return { ...record, tags: new Map(record.tags) }
}

/** Whether it lost what this caller has seen. */
export function liesBehind(record: RecordState, { known, left }: Standing): boolean {
  if (left.includes(record.history)) return true
  return record.history === known.history && record.sequence < known.sequence
}

export function stampOf({ history, sequence }: RecordState): Stamp {
  return { history, sequence }
}

export function append(
  record: RecordState,
  limits: RecordLimits,
  invalidation: Invalidation,
  origin: string,
): WireFrame {
  record.sequence += 1
  const stamp = stampOf(record)
  if ('tags' in invalidation)
    for (const tag of invalidation.tags)
      markTag(record, limits, tag, { sequence: stamp.sequence, mode: invalidation.mode })
  const target = 'pattern' in invalidation ? { pattern: invalidation.pattern } : { all: true as const }
  if ('pattern' in invalidation || 'all' in invalidation)
    addRule(record, { stamp, mode: invalidation.mode, target })
  const frame = { stamp, invalidation, origin }
  record.stream = [...record.stream, frame].slice(-limits.maxStream)
  return frame
}

function markTag(record: RecordState, { maxTags }: RecordLimits, tag: string, mark: TagMark): void {
  const mode = record.tags.get(tag)?.mode === 'delete' ? 'delete' : mark.mode
  record.tags.delete(tag)
  record.tags.set(tag, { ...mark, mode })
  if (record.tags.size <= maxTags) return
  for (const [oldest, { sequence }] of record.tags) {
    record.tags.delete(oldest)
    record.floor = Math.max(record.floor, sequence)
    return
  }
}

function addRule(record: RecordState, rule: Rule): void {
  const list = createRuleList()
  for (const older of [...record.rules, rule]) list.add(older)
  record.rules = list.newerThan({ history: '', sequence: 0 })
}

export function retireRule(record: RecordState, rule: Rule): void {
  if (rule.stamp.history !== record.history) return
  const list = createRuleList()
  for (const held of record.rules) list.add(held)
  list.retire(rule)
  record.rules = list.newerThan({ history: '', sequence: 0 })
  record.retired = Math.max(record.retired, list.retired)
}

export function rulesOf(record: RecordState, since: Stamp, wanted: readonly string[]): Rules {
  const after = since.history === record.history ? since.sequence : 0
  const tags = new Map<string, TagMark>()
  for (const tag of wanted) {
    const mark = record.tags.get(tag)
    if (mark !== undefined && mark.sequence > after) tags.set(tag, mark)
  }
  const { floor, rules, retired } = record
  return {
    known: stampOf(record),
    floor,
    tags,
    rules: rules.filter(({ stamp }) => stamp.sequence > after),
    retired,
  }
}

export function replayOf(record: RecordState, after: Stamp): Replay {
  const known = stampOf(record)
  const frames = record.stream.filter(({ stamp }) => stamp.sequence > after.sequence)
  const complete = after.history === record.history && frames.length === record.sequence - after.sequence
  return complete ? { kind: 'frames', frames, known } : { kind: 'lost', known }
}
