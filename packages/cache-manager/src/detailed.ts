import type { Entry } from '@greenlang/core'
import type { Answer } from '@greenlang/core/coherence'
import type { Detailed } from './cache-types.ts'

export const absent: Detailed<unknown> = Object.freeze({
  value: undefined,
  state: 'absent',
  why: undefined,
  source: undefined,
  ageMs: undefined,
  joined: false,
  entry: undefined,
})

export function detailedHit(entry: Entry, source: string | undefined, now: number): Detailed<unknown> {
  return detailed({ entry, source: source ?? '', stale: undefined, joined: false }, now)
}

export function detailed({ entry, source, stale, joined }: Answer, now: number): Detailed<unknown> {
  if (entry === undefined || entry.negative) return { ...absent, source, joined, entry }
  const ageMs = Math.max(0, now - entry.createdAt)
  const state = stale === undefined ? 'fresh' : 'stale'
  return { value: entry.value, state, why: stale, source, ageMs, joined, entry }
}
