/** Row D5: 40 file descriptors for the whole process, then none. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { startChild, tempDirectory, until } from './support.ts'

const child = 'descriptors.child.ts'
const limit = 40

/** The most descriptors that `pid` was seen with until `isOver`. */
async function mostDescriptors(pid: number | undefined, isOver: () => boolean): Promise<number> {
  let most = 0
  await until('the end of the child', () => {
    most = Math.max(most, countDescriptors(pid))
    return isOver()
  })
  return most
}

function countDescriptors(pid: number | undefined): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0
  }
}

describe('forty file descriptors', () => {
  it.each(['none', 'data'])('durability %s: 500 calls at once, and it heals', async durability => {
    const directory = await tempDirectory()
    const running = startChild(child, ['few', directory, durability])
    // From here on it has no more than the limit.
    const above = Number(await running.hears('began'))
    let isOver = false
    const seen = mostDescriptors(running.pid, () => isOver)
    const facts = await running.facts()
    isOver = true
    expect(facts).toMatchObject({
      failures: true,
      healed: true,
      'after: hits': 250,
      alternating: true,
      'ends well': true,
      rejected: 0,
      'left open': 0,
      'next: hits': 250,
      wrong: [],
    })
    expect(await seen).toBeLessThanOrEqual(limit + above)
  })

  it('none at all when the tier is opened', async () => {
    const directory = await tempDirectory()
    const facts = await startChild(child, ['none', directory]).facts()
    expect(facts).toMatchObject({
      outcomes: { DISK_UNAVAILABLE: 50 },
      hits: 0,
      state: 'off',
      'events meanwhile': ['degraded'],
      healed: true,
      'outcome after': 'ok',
      events: ['degraded', 'recovered'],
      'left open': 0,
      wrong: [],
    })
  })
})
