import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createPolicy } from '../../src/eviction.ts'
import type { SlotFacts } from '../../src/policy.ts'
import { aRun, Driver, type Model, type Run, runs } from './driver.ts'

/** Slots in the order in which they were last moved to the end. */
class Queue {
  slots: number[] = []
  moveToEnd(slot: number): void {
    this.drop(slot)
    this.slots.push(slot)
  }
  drop(slot: number): void {
    this.slots = this.slots.filter(each => each !== slot)
  }
  takeFirst(wanted: (slot: number) => boolean = () => true): number {
    const slot = this.slots.find(wanted) ?? 0
    this.drop(slot)
    return slot
  }
}

function lruModel(): Model {
  const queue = new Queue()
  const touch = (slot: number) => queue.moveToEnd(slot)
  return {
    add: touch,
    use: touch,
    change: touch,
    remove: slot => queue.drop(slot),
    evict: () => queue.takeFirst(),
  }
}

function fifoModel(): Model {
  const queue = new Queue()
  const nothing = () => {}
  return {
    add: slot => queue.moveToEnd(slot),
    use: nothing,
    change: nothing,
    remove: slot => queue.drop(slot),
    evict: () => queue.takeFirst(),
  }
}

function lfuModel(): Model {
  const queue = new Queue()
  const uses = new Map<number, number>()
  const use = (slot: number) => {
    uses.set(slot, Math.min(255, (uses.get(slot) ?? 0) + 1))
    queue.moveToEnd(slot)
  }
  const remove = (slot: number) => {
    uses.delete(slot)
    queue.drop(slot)
  }
  const evict = () => {
    const least = Math.min(...uses.values())
    const slot = queue.takeFirst(each => uses.get(each) === least)
    remove(slot)
    return slot
  }
  return { add: use, use, change: use, remove, evict }
}

function sizeModel(facts: SlotFacts): Model {
  const queue = new Queue()
  const classes = new Map<number, number>()
  const classNow = (slot: number) => {
    let sizeClass = 0
    for (let bytes = facts.bytesOf(slot); bytes >= 2 && sizeClass < 40; bytes /= 2) sizeClass += 1
    return sizeClass
  }
  const add = (slot: number) => {
    classes.set(slot, classNow(slot))
    queue.moveToEnd(slot)
  }
  const remove = (slot: number) => {
    classes.delete(slot)
    queue.drop(slot)
  }
  return {
    add,
    use: slot => queue.moveToEnd(slot),
    change: slot => classes.get(slot) !== classNow(slot) && add(slot),
    remove,
    evict: () => {
      const most = Math.max(...classes.values())
      const slot = queue.takeFirst(each => classes.get(each) === most)
      remove(slot)
      return slot
    },
  }
}

/** As in the paper: the hand is an object of the queue, or none; the queue runs from the tail (oldest) to the head. */
function sieveModel(): Model {
  let queue: number[] = []
  let hand: number | undefined
  const visited = new Set<number>()
  const after = (slot: number) => queue[queue.indexOf(slot) + 1]
  const drop = (slot: number) => {
    queue = queue.filter(each => each !== slot)
    visited.delete(slot)
  }
  return {
    add: slot => queue.push(slot),
    use: slot => visited.add(slot),
    change: slot => visited.add(slot),
    remove: slot => {
      if (hand === slot) hand = after(slot)
      drop(slot)
    },
    evict: () => {
      let slot = hand ?? queue[0]
      if (slot === undefined) return 0
      while (visited.has(slot)) {
        visited.delete(slot)
        slot = after(slot) ?? (queue[0] as number)
      }
      hand = after(slot)
      drop(slot)
      return slot
    },
  }
}

describe.each([
  ['lru', lruModel],
  ['fifo', fifoModel],
  ['lfu', lfuModel],
  ['size', sizeModel],
  ['sieve', sieveModel],
] as const)('%s', (name, model) => {
  it('evicts what a plain model evicts, whatever happens', () => {
    const holds = (run: Run) => {
      new Driver((facts, now) => createPolicy(name, facts, now), model).play(run).drain()
    }
    fc.assert(fc.property(aRun, holds), runs)
  })
})

describe('cases by hand', () => {
  const driverOf = (name: Parameters<typeof createPolicy>[0], keys: readonly number[]) => {
    const driver = new Driver((facts, now) => createPolicy(name, facts, now))
    for (const key of keys) driver.get(key)
    return driver.drain().evicted
  }

  it('lru: the one used longest ago', () => expect(driverOf('lru', [1, 2, 3, 1])).toEqual([2, 3, 1]))
  it('fifo: the one that came first', () => expect(driverOf('fifo', [1, 2, 3, 1])).toEqual([1, 2, 3]))
  it('lfu: the one used least, of equals the one used longest ago', () =>
    expect(driverOf('lfu', [1, 2, 3, 1, 1, 3])).toEqual([2, 3, 1]))
  it('lfu: at the bound recency decides', () =>
    expect(driverOf('lfu', [...Array(400).fill(1), ...Array(300).fill(2), 1])).toEqual([2, 1]))
  it('sieve: passes what was used, once, and goes on from there', () =>
    // A to G came; A, B and G were used. The hand spares A and B, takes C to F, spares G, then begins again.
    expect(driverOf('sieve', [1, 2, 3, 4, 5, 6, 7, 1, 2, 7])).toEqual([3, 4, 5, 6, 1, 2, 7]))

  it('sieve: a slot that is deleted under the hand leaves the hand at the next one', () => {
    const driver = new Driver((facts, now) => createPolicy('sieve', facts, now))
    for (const key of [1, 2, 3, 4, 1]) driver.get(key)
    expect(driver.evict()).toBe(2)
    driver.remove(3)
    expect(driver.drain().evicted).toEqual([2, 4, 1])
  })

  it('size: the largest class first, in a class the one used longest ago', () => {
    const driver = new Driver((facts, now) => createPolicy('size', facts, now))
    for (const [key, bytes] of [
      [1, 1_023],
      [2, 600],
      [3, 1_024],
      [4, 2 ** 39],
      [5, 2 ** 50],
      [6, 0],
    ] as const)
      driver.add(key, bytes, 1)
    driver.get(1)
    expect(driver.drain().evicted).toEqual([5, 4, 3, 2, 1, 6])
  })
})
