/** The record of a bus in this process, and wires to it: what Redis keeps for processes that come and go. */
import { randomUUID } from 'node:crypto'
import type { Clock, InvalidationBus } from '@greenlang/core'
import { type BusReceiver, type BusWire, busSession, type Standing } from '@greenlang/core/coherence'
import {
  append,
  liesBehind,
  newRecord,
  type RecordState,
  replayOf,
  retireRule,
  rulesOf,
  stampOf,
} from '@greenlang/testkit/simulation'

export interface BusRecord {
  /** The bus of another process. */
  connect(): InvalidationBus
  /** All is lost: another history begins. */
  forget(): void
}

/** @param maxStream Frames that can be replayed. */
export function busRecord(clock: Clock, maxStream = 1_000): BusRecord {
  const receivers = new Set<BusReceiver>()
  const limits = { maxTags: 1_000, maxStream, rotates: true }
  let state = newRecord(randomUUID())
  const record = (standing: Standing): RecordState => {
    if (liesBehind(state, standing)) state = newRecord(standing.candidate)
    return state
  }
  const connect = () =>
    busSession({ wire: wireTo(record, limits, receivers), randomId: () => randomUUID(), clock })
  return {
    connect,
    forget: () => {
      state = newRecord(randomUUID())
    },
  }
}

function wireTo(
  record: (standing: Standing) => RecordState,
  limits: Parameters<typeof append>[1],
  receivers: Set<BusReceiver>,
): BusWire {
  let own: BusReceiver | undefined
  // In order, and never while the caller is still at work.
  const deliver = (receiver: BusReceiver, send: (receiver: BusReceiver) => void) =>
    queueMicrotask(() => {
      if (receivers.has(receiver)) send(receiver)
    })
  return {
    open: receiver => {
      own = receiver
      receivers.add(receiver)
    },
    close: () => {
      if (own) receivers.delete(own)
    },
    record: async (standing, invalidation) => {
      const frame = append(record(standing), limits, invalidation, standing.origin)
      for (const receiver of receivers) deliver(receiver, ({ frame: hear }) => hear(frame))
      return frame.stamp
    },
    beat: async (standing, sentAt) => {
      const stamp = stampOf(record(standing))
      if (own) deliver(own, ({ beat: hear }) => hear(sentAt, stamp))
      return stamp
    },
    replay: async (standing, after) => replayOf(record(standing), after),
    rules: async (standing, since, tags) => rulesOf(record(standing), since, tags),
    retire: async (standing, rule) => retireRule(record(standing), rule),
  }
}
