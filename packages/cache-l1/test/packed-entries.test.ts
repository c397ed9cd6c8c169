import { createEntry, createNegativeEntry, type Entry, markInvalidated, noStamp } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { PackedEntries } from '../src/packed-entries.ts'

const now = Date.UTC(2026, 10, 22) + 0.125
const clock = { now: () => now, turn: () => now, sleep: async () => {} }
const slots = 8

function packed() {
  const entries = new PackedEntries<unknown>()
  entries.grow(slots)
  return entries
}

/** Dates as clocks give them (multiples of 2^-12 ms), and as callers make them up. */
const date = fc.oneof(
  fc.integer({ min: -(2 ** 36), max: 2 ** 36 }).map(steps => now + steps / 4096),
  fc.constantFrom(0, 1, now, now + 0.3, Number.POSITIVE_INFINITY),
  fc.double({ min: 0, max: 1e14, noNaN: true }),
)
const life = fc.oneof(
  fc.constantFrom(0, 1, 300_000, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 33, Number.POSITIVE_INFINITY),
  fc.integer({ min: 0, max: 10 ** 7 }),
  fc.double({ min: 0, max: 1e6, noNaN: true }),
)
const stamp = fc.oneof(
  fc.constant(noStamp),
  fc.record({
    history: fc.constantFrom('', 'a', 'b', 'c'),
    sequence: fc.oneof(fc.nat(), fc.constantFrom(2 ** 31, 2 ** 40, -1, 0.5)),
  }),
)
const entry: fc.Arbitrary<Entry> = fc
  .record({
    createdAt: date,
    ttl: life,
    grace: life,
    value: fc.constantFrom<unknown>(1, null, '', false, undefined),
    tags: fc.constantFrom([], ['a'], ['a', 'b']),
    stamp,
    invalidated: fc.boolean(),
    checkedAt: fc.oneof(fc.constant(undefined), fc.constant(0), date),
  })
  .map(({ createdAt, ttl, grace, checkedAt, ...rest }) => {
    const staleAt = createdAt + ttl
    const dates = { createdAt, staleAt, expiresAt: staleAt + grace }
    const whole = { ...rest, ...dates, negative: rest.value === undefined }
    return checkedAt === undefined ? whole : { ...whole, checkedAt }
  })

/** `read`, with the birth of `written` if it is that to half a microsecond and the entry never goes stale. */
function read(entries: PackedEntries<unknown>, slot: number, written: Entry): Entry {
  const found = entries.read(slot)
  const near = Math.abs(found.createdAt - written.createdAt) <= 0.0005
  return written.staleAt === Number.POSITIVE_INFINITY && near
    ? { ...found, createdAt: written.createdAt }
    : found
}

describe('PackedEntries', () => {
  it('gives back every entry as it was, invalidated or not, and erases it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: slots - 1 }), entry, fc.boolean()), { maxLength: 30 }),
        writes => {
          const entries = packed()
          const model = new Map<number, Entry>()
          for (const [slot, written, marked] of writes) {
            entries.write(slot, written)
            if (marked) entries.invalidate(slot)
            model.set(slot, marked ? markInvalidated(written) : written)
            for (const [known, each] of model) {
              expect(read(entries, known, each)).toEqual(each)
              expect(entries.expiresAt(known)).toBe(each.expiresAt)
              expect(entries.isInvalidated(known)).toBe(each.invalidated)
              // What the hot path reads: above the time only while fresh.
              const staleAt = entries.staleAt[known] as number
              const fresh = !each.invalidated && each.staleAt > now && each.value !== undefined
              expect(staleAt > now).toBe(fresh)
            }
            if (slot === 3) {
              entries.erase(slot)
              model.delete(slot)
              expect(entries.staleAt[slot]).toBe(0)
            }
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('keeps whole entries beside the columns only for what does not fit', () => {
    const entries = packed()
    const plain = createEntry('v', { ttl: '10m', grace: '6h', tags: ['t'] }, { clock })
    const all: Entry[] = [
      plain,
      createNegativeEntry({ ttl: '1s' }, { clock }),
      { ...plain, stamp: { history: 'h', sequence: 7 }, checkedAt: now - 12.5 },
      createEntry('v', { ttl: Number.POSITIVE_INFINITY }, { clock }),
    ]
    for (const each of all) {
      entries.write(1, each)
      // Another object each time: it was taken apart and is built on demand.
      expect(entries.read(1)).toEqual(each)
      expect(entries.read(1)).not.toBe(each)
    }
    const odd = { ...plain, staleAt: plain.staleAt + 0.1 }
    entries.write(1, odd)
    expect(entries.read(1)).toBe(odd)
  })

  it('gives back histories beyond those it has numbers for, and takes up numbers that are free', () => {
    const entries = new PackedEntries<number>()
    entries.grow(1_001)
    const stamped = (slot: number) => ({
      ...createEntry(slot, {}, { clock }),
      stamp: { history: `h${slot}`, sequence: slot },
    })
    for (let slot = 1; slot <= 1_000; slot += 1) entries.write(slot, stamped(slot))
    for (let slot = 1; slot <= 1_000; slot += 1) expect(entries.read(slot)).toEqual(stamped(slot))
    for (let slot = 1; slot <= 900; slot += 1) entries.erase(slot)
    const again = stamped(901)
    entries.write(1, again)
    expect(entries.read(1)).toEqual(again)
    expect(entries.read(1)).not.toBe(again)
  })
})
