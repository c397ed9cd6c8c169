import type { Invalidation } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { FrameRecord } from '../src/workers/frame-record.ts'

const theKey: Invalidation = { mode: 'delete', keys: ['k'] }
const at = (sequence: number, history = 'h') => ({ history, sequence })

describe('the record of a process', () => {
  it.each([
    ['all that came after', at(2), [3, 4, 5]],
    ['nothing to one that has all', at(5), []],
    ['"lost" to one that is ahead', at(6), undefined],
    ['"lost" to one of another history', at(5, 'another'), undefined],
  ])('replays %s', (_, after, sequences) => {
    const record = new FrameRecord('h', { maxTags: 10, maxFrames: 10 })
    for (let nth = 0; nth < 5; nth += 1) record.append(theKey, 'origin')
    const replay = record.replay(after)
    const frames = replay.kind === 'frames' ? replay.frames.map(({ stamp }) => stamp.sequence) : undefined
    expect([frames, replay.known]).toEqual([sequences, at(5)])
  })
})
