/** What goes over the channel. Threads of one process speak here, so the texts of a message are believed; its kind is looked at. */
import type { Invalidation, Rule, Stamp } from '@greenlang/core'
import type { Standing, WireFrame } from '@greenlang/core/coherence'

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
  /** A record begins, or another answers that there is one already. */
  | { readonly kind: 'begin'; readonly record: string }
  | { readonly kind: 'there'; readonly to: string }

/** Of this protocol. Another version is nobody's. */
const version = 'greenlang-bus-1'
const kinds = ['ask', 'reply', 'frame', 'beat', 'begin', 'there']

export function pack(message: Message): unknown {
  return { version, ...message }
}

/** `undefined` for what is not ours. */
export function unpack(data: unknown): Message | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const { version: given, kind } = data as { version?: unknown; kind?: unknown }
  return given === version && kinds.includes(kind as string) ? (data as Message) : undefined
}
