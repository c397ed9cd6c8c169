import { describe, expect, it } from '@jest/globals'
import {
  expectUpTo,
  heardFrame,
  heardOf,
  type Position,
  replayEnded,
  replayed,
  resumeFrom,
  unheard,
} from '../../src/coherence/position.ts'
import { noStamp } from '../../src/index.ts'
import { randomIntegers, seed } from '../support/seeded.ts'

const at = (sequence: number, history = 'h') => ({ history, sequence })

function hearAll(sequences: readonly number[], from: Position = unheard): Position {
  return sequences.reduce((position, sequence) => heardFrame(position, at(sequence)).position, from)
}

const inOrder = (applied: number, known = applied): Position => ({
  kind: 'in-order',
  known: at(known),
  applied: at(applied),
  left: [],
})
const gap = (applied: number, beyond: readonly number[], known = Math.max(applied, ...beyond)): Position => ({
  ...inOrder(applied, known),
  kind: 'gap',
  beyond: new Set(beyond),
})

describe('heardFrame', () => {
  it('begins in order at whatever it hears first', () => {
    expect(heardFrame(unheard, at(7))).toEqual({ position: inOrder(7), frame: 'new', newHistory: true })
  })

  it('takes the next frame', () => {
    const step = heardFrame(inOrder(7), at(8))
    expect(step).toEqual({ position: inOrder(8), frame: 'new', newHistory: false })
  })

  it.each([
    ['the last one', inOrder(7), 7],
    ['one of before', inOrder(7), 3],
    ['one of before a gap', gap(7, [9]), 7],
    ['one beyond a gap', gap(7, [9]), 9],
  ])('knows a frame that it had: %s', (_, position, sequence) => {
    expect(heardFrame(position, at(sequence))).toEqual({ position, frame: 'old', newHistory: false })
  })

  it('hands on a frame beyond a gap, and remembers it', () => {
    expect(heardFrame(inOrder(7), at(9))).toEqual({
      position: gap(7, [9]),
      frame: 'new',
      newHistory: false,
    })
    expect(hearAll([7, 9, 12, 10])).toEqual(gap(7, [9, 10, 12]))
  })

  it('takes the missing frame when it comes late, with those that follow on', () => {
    const late = heardFrame(gap(7, [9, 10, 12]), at(8))
    expect(late).toEqual({ position: gap(10, [12]), frame: 'new', newHistory: false })
    expect(hearAll([11], late.position)).toEqual(gap(12, []))
  })

  it('does not believe that a gap is closed before the record says how far it is', () => {
    const closed = hearAll([7, 9, 8])
    expect(closed.kind).toBe('gap')
    expect(replayEnded(closed, at(9))).toEqual(inOrder(9))
  })

  it('does not count what a reply told as a frame that came', () => {
    const told = heardOf(inOrder(7), at(9))?.position ?? unheard
    expect(told).toEqual(inOrder(7, 9))
    expect(heardFrame(told, at(8)).position).toEqual(inOrder(8, 9))
    expect(heardFrame(told, at(9)).position).toEqual(gap(7, [9]))
  })

  it.each([inOrder(7), gap(7, [9])])('begins anew in another history, from %j', position => {
    expect(heardFrame(position, at(3, 'next'))).toEqual({
      position: { kind: 'in-order', known: at(3, 'next'), applied: at(3, 'next'), left: ['h'] },
      frame: 'new',
      newHistory: true,
    })
  })

  it('never goes back to a history that it left', () => {
    const { position } = heardFrame(inOrder(7), at(1, 'next'))
    expect(heardFrame(position, at(8))).toEqual({ position, frame: 'old', newHistory: false })
  })
})

describe('a gap with more beyond it than is remembered', () => {
  const most = 1_000
  const full = hearAll([1, ...Array.from({ length: most }, (_, index) => index + 3)])

  it('remembers a thousand, and hands on the others each time they come', () => {
    expect(full).toMatchObject({ kind: 'gap', applied: at(1), known: at(most + 2) })
    for (let time = 0; time < 2; time += 1) {
      const step = heardFrame(full, at(most + 3))
      expect(step).toMatchObject({ frame: 'new', newHistory: false })
      expect(step.position).toEqual({ ...full, known: at(most + 3) })
    }
    expect(heardFrame(full, at(most + 2)).frame).toBe('old')
  })

  it('has the others by replay, and is in order then', () => {
    let position = heardFrame(full, at(most + 3)).position
    position = replayed(position, at(2))
    expect(position).toMatchObject({ kind: 'gap', applied: at(most + 2), beyond: new Set() })
    expect(replayEnded(position, at(most + 3))).toBe(position)
    expect(replayEnded(replayed(position, at(most + 3)), at(most + 3))).toEqual(inOrder(most + 3))
  })
})

describe('heardOf', () => {
  it('knows what was told, and has applied nothing more', () => {
    expect(heardOf(inOrder(7), at(9))?.position).toEqual(inOrder(7, 9))
    expect(heardOf(gap(7, [9]), at(11))?.position).toEqual(gap(7, [9], 11))
  })

  it.each([3, 7, 9])('does not fall behind what it knows: %i', sequence => {
    const position = inOrder(7, 9)
    expect(heardOf(position, at(sequence))).toEqual({ position, frame: 'new', newHistory: false })
  })

  it('begins at what it is told first, and in another history', () => {
    expect(heardOf(unheard, at(7))).toMatchObject({ position: inOrder(7), newHistory: true })
    expect(heardOf(gap(7, [9]), at(2, 'next'))).toMatchObject({
      position: { kind: 'in-order', applied: at(2, 'next'), left: ['h'] },
      newHistory: true,
    })
  })

  it('hears nothing in the stamp of nobody, nor in one of a history that it left', () => {
    expect(heardOf(unheard, noStamp)).toBe(undefined)
    expect(heardOf({ ...inOrder(7), left: ['earlier'] }, at(99, 'earlier'))).toBe(undefined)
  })

  it('remembers the last eight histories that it left, the last first', () => {
    let position = unheard
    for (let index = 0; index <= 10; index += 1)
      position = heardOf(position, at(1, `${index}`))?.position ?? unheard
    expect(position.left).toEqual(['9', '8', '7', '6', '5', '4', '3', '2'])
  })
})

describe('expectUpTo', () => {
  it('is a gap where less was applied', () => {
    expect(expectUpTo(inOrder(7, 9), at(9))).toEqual(gap(7, [], 9))
  })

  it.each([
    ['as much was applied', inOrder(7), at(7)],
    ['more was applied', inOrder(7), at(5)],
    ['it is a gap already', gap(7, [9]), at(12)],
    ['it is of another history', inOrder(7), at(9, 'next')],
    ['nothing was heard', unheard, at(9)],
  ])('changes nothing where %s', (_, position, stamp) => {
    expect(expectUpTo(position, stamp)).toBe(position)
  })
})

describe('replayed', () => {
  it('takes the frames that follow, in order, with those that came beyond', () => {
    const position = replayed(gap(7, [9, 10, 12]), at(8))
    expect(position).toEqual(gap(10, [12]))
    expect(replayed(position, at(11))).toEqual(gap(12, []))
  })

  it('knows at least what it replayed', () => {
    expect(replayed(gap(7, [], 7), at(8))).toEqual(gap(8, [], 8))
    expect(replayed(inOrder(7), at(8))).toEqual(inOrder(8))
  })

  it.each([
    ['one that was had', gap(7, [9]), at(7)],
    ['one after the next', gap(7, [9]), at(9)],
    ['one of another history', gap(7, [9]), at(8, 'next')],
    ['one before anything was heard', unheard, at(1)],
  ])('takes no other: %s', (_, position, stamp) => {
    expect(replayed(position, stamp)).toBe(position)
  })
})

describe('replayEnded', () => {
  it('is in order again once it is as far as the record', () => {
    expect(replayEnded(gap(9, []), at(9))).toEqual(inOrder(9))
    expect(replayEnded(gap(9, [], 12), at(8))).toEqual(inOrder(9, 12))
  })

  it.each([
    ['the record is further', gap(9, []), at(10)],
    ['frames beyond came meanwhile', gap(9, [11]), at(9)],
    ['the record has another history', gap(9, []), at(9, 'next')],
    ['there was no gap', inOrder(9), at(9)],
    ['nothing was heard', unheard, at(9)],
  ])('changes nothing where %s', (_, position, upTo) => {
    expect(replayEnded(position, upTo)).toBe(position)
  })
})

describe('resumeFrom', () => {
  it('is a gap after the stamp, and still knows what it knew', () => {
    expect(resumeFrom(inOrder(7, 9), at(3))).toEqual(gap(3, [], 9))
    expect(resumeFrom(gap(7, [9]), at(3))).toEqual(gap(3, [], 9))
  })

  it('knows the stamp where that is higher, or of another history', () => {
    expect(resumeFrom(unheard, at(3))).toEqual(gap(3, []))
    expect(resumeFrom(inOrder(1), at(3))).toEqual(gap(3, []))
    expect(resumeFrom(inOrder(7), at(3, 'earlier'))).toMatchObject({ kind: 'gap', known: at(3, 'earlier') })
  })

  it('leaves the resumed history when the record turns out to have another', () => {
    const step = heardOf(resumeFrom(unheard, at(3, 'earlier')), at(8))
    expect(step).toMatchObject({ position: { ...inOrder(8), left: ['earlier'] }, newHistory: true })
  })

  it('keeps the histories that were left', () => {
    expect(resumeFrom({ ...inOrder(7), left: ['earlier'] }, at(3)).left).toEqual(['earlier'])
  })
})

describe(`a position under loss, doubles and disorder (SEED=${seed})`, () => {
  it('never counts what did not come, and is in order after one replay', () => {
    const random = randomIntegers()
    for (let round = 0; round < 300; round += 1) {
      let position = hearAll([1])
      const had = new Set([1])
      for (let each = 0; each < 30; each += 1) {
        const sequence = 1 + random(20)
        const { position: next, frame } = heardFrame(position, at(sequence))
        expect({ round, sequence, frame }).toEqual({
          round,
          sequence,
          frame: had.has(sequence) ? 'old' : 'new',
        })
        had.add(sequence)
        position = next
        let contiguous = 0
        while (had.has(contiguous + 1)) contiguous += 1
        const known = Math.max(...had)
        expect({ round, applied: position.applied, known: position.known }).toEqual({
          round,
          applied: at(contiguous),
          known: at(known),
        })
      }
      for (let sequence = position.applied.sequence + 1; sequence <= 20; sequence += 1)
        position = replayed(position, at(sequence))
      expect(replayEnded(position, at(20))).toEqual(inOrder(20))
    }
  })
})
