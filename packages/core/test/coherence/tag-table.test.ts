import { describe, expect, it } from '@jest/globals'
import type { TagMark } from '../../src/bus.ts'
import { createTagTable } from '../../src/coherence/index.ts'

const invalidated = (sequence: number): TagMark => ({ sequence, mode: 'invalidate' })
const deleted = (sequence: number): TagMark => ({ sequence, mode: 'delete' })

describe('createTagTable', () => {
  it('holds the last invalidation of each tag, and knows of no other', () => {
    const table = createTagTable(10)
    table.record('a', invalidated(1))
    table.record('b', deleted(2))
    table.record('a', invalidated(3))
    expect([table.get('a'), table.get('b'), table.get('c')]).toEqual([invalidated(3), deleted(2), undefined])
    expect(table.floor).toBe(0)
  })

  it.each(['__proto__', 'constructor', ''])('takes %p for a tag like any', tag => {
    const table = createTagTable(10)
    expect(table.get(tag)).toBe(undefined)
    table.record(tag, invalidated(1))
    expect(table.get(tag)).toEqual(invalidated(1))
  })

  it('keeps the higher sequence of two, in whichever order they come', () => {
    const table = createTagTable(10)
    table.record('a', invalidated(5))
    table.record('a', invalidated(3))
    expect(table.get('a')).toEqual(invalidated(5))
  })

  it('keeps that a tag was deleted, whatever comes after', () => {
    const table = createTagTable(10)
    table.record('a', deleted(1))
    table.record('a', invalidated(2))
    expect(table.get('a')).toEqual(deleted(2))
    table.record('b', invalidated(3))
    table.record('b', deleted(4))
    expect(table.get('b')).toEqual(deleted(4))
  })

  it('gives up the tag recorded longest ago when it is full, and raises its floor to it', () => {
    const table = createTagTable(2)
    table.record('a', invalidated(1))
    table.record('b', invalidated(2))
    table.record('a', invalidated(3))
    table.record('c', invalidated(4))
    expect([table.get('a'), table.get('b'), table.get('c')]).toEqual([
      invalidated(3),
      undefined,
      invalidated(4),
    ])
    expect(table.floor).toBe(2)
  })

  it('begins at the floor it is given, and never lowers it', () => {
    const table = createTagTable(1, 9)
    table.record('a', invalidated(3))
    table.record('b', invalidated(12))
    expect([table.get('a'), table.floor]).toEqual([undefined, 9])
    table.record('c', invalidated(13))
    expect(table.floor).toBe(12)
  })
})
