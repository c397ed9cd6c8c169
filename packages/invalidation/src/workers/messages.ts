/** What goes over the channel. */
import type { Invalidation, Rule, Stamp } from '@greenlang/core'
import type { Standing, WireFrame } from '@greenlang/core/coherence'
import { isMessage } from './shapes.ts'

/** What a bus asks of the record. */
export type Question = { readonly standing: Standing } & (
  | { readonly call: 'record'; readonly invalidation: Invalidation }
  | { readonly call: 'beat'; readonly sentAt: number }
  | { readonly call: 'replay'; readonly after: Stamp }
  | { readonly call: 'rules'; readonly since: Stamp; readonly tags: readonly string[] }
  | { readonly call: 'retire'; readonly rule: Rule }
)

export type Message =
  | { readonly kind: 'ask'; readonly from: string; readonly id: number; readonly question: Question }
  | { readonly kind: 'reply'; readonly to: string; readonly id: number; readonly value: unknown }
  | { readonly kind: 'frame'; readonly frame: WireFrame }
  | { readonly kind: 'beat'; readonly to: string; readonly sentAt: number; readonly stamp: Stamp }
  /** A record begins, at `since` by the clock of the machine in ns; or another answers that it was there before. */
  | { readonly kind: 'begin'; readonly record: string; readonly since: number }
  | { readonly kind: 'there'; readonly to: string }

/** Of this protocol. Another version is nobody's. */
const version = 'greenlang-bus-1'

export function pack(message: Message): unknown {
  return { version, ...message }
}

/** `undefined` for what is not ours. */
export function unpack(data: unknown): Message | undefined {
  const { version: given } = (data ?? {}) as { version?: unknown }
  return given === version && isMessage(data) ? data : undefined
}
