import type { InvalidationMode } from '@greenlang/core'
import type { InvalidationAnswer, InvalidationRequest, Invalidator } from '../src/index.ts'

export interface RecordingCache extends Invalidator {
  /** What it was asked, with the mode. */
  readonly asked: (InvalidationRequest & { mode: InvalidationMode | undefined })[]
  /** What it answers; throws to reject. */
  answer: (target: InvalidationRequest) => InvalidationAnswer | Promise<InvalidationAnswer>
}

/** A cache that does as it is told and writes down what it was asked. */
export function recordingCache(): RecordingCache {
  return {
    asked: [],
    answer: () => ({ propagated: true }),
    async invalidate(target, options) {
      this.asked.push({ ...target, mode: options?.mode })
      return await this.answer(target)
    },
  }
}
