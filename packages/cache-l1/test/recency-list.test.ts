import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { RecencyList } from '../src/recency-list.ts'

describe('RecencyList', () => {
  it('has no oldest slot while empty', () => {
    expect(new RecencyList(3).oldest).toBe(0)
  })

  it.each([1, 2, 63, 64, 65, 500])('orders up to %p slots as a list would', capacity => {
    const random = seededRandom(capacity)
    const list = new RecencyList(capacity)
    const faults: object[] = []
    let order: number[] = []
    for (let step = 0; step < 2_000; step += 1) {
      const slot = order[Math.floor(random() * order.length)]
      const choice = random()
      if (order.length < capacity && choice < 0.5) {
        const added = list.add()
        if (added < 1 || added > capacity || order.includes(added)) faults.push({ step, added })
        order.push(added)
      } else if (slot !== undefined && choice < 0.9) {
        list.touch(slot)
        order = [...order.filter(each => each !== slot), slot]
      } else if (slot !== undefined) {
        list.remove(slot)
        order = order.filter(each => each !== slot)
      }
      if (list.oldest !== (order[0] ?? 0)) faults.push({ step, oldest: list.oldest })
    }
    expect(faults).toEqual([])
    list.clear()
    expect(list.oldest).toBe(0)
  })
})
