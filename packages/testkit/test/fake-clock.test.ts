import { isGreenlangError } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { fakeClock } from '../src/index.ts'

describe('fakeClock', () => {
  it('stands still, and turn() is now()', async () => {
    const clock = fakeClock(1_000)
    await new Promise(resolve => setImmediate(resolve))
    expect([clock.now(), clock.turn()]).toEqual([1_000, 1_000])
    await clock.advance('2s')
    expect([clock.now(), clock.turn()]).toEqual([3_000, 3_000])
  })

  it('wakes sleepers in order of due time, each at its own, and first come first among equals', async () => {
    const clock = fakeClock(0)
    const woken: [string, number][] = []
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms)
      woken.push([name, clock.now()])
    }
    const all = [sleeper('late', 30), sleeper('early', 10), sleeper('twin a', 20), sleeper('twin b', 20)]
    expect(clock.waiting).toBe(4)
    await clock.advance(29)
    expect(woken).toEqual([
      ['early', 10],
      ['twin a', 20],
      ['twin b', 20],
    ])
    expect(clock.waiting).toBe(1)
    await clock.advance(1)
    await Promise.all(all)
    expect(woken.at(-1)).toEqual(['late', 30])
  })

  it('lets what a sleeper goes on to do run before the next one wakes, further sleeps included', async () => {
    const clock = fakeClock(0)
    const ticks: number[] = []
    const ticking = async () => {
      for (;;) {
        await clock.sleep(10)
        for (let hop = 0; hop < 20; hop += 1) await null
        ticks.push(clock.now())
      }
    }
    void ticking()
    await clock.advance(45)
    expect(ticks).toEqual([10, 20, 30, 40])
    expect(clock.now()).toBe(45)
  })

  it('sees a sleep that begins after a few promises have run', async () => {
    const clock = fakeClock(0)
    let woken = false
    void (async () => {
      for (let hop = 0; hop < 20; hop += 1) await null
      await clock.sleep(5)
      woken = true
    })()
    await clock.advance(5)
    expect(woken).toBe(true)
  })

  it('ends a sleep by its signal, with its reason, and forgets it', async () => {
    const clock = fakeClock()
    const controller = new AbortController()
    const sleeping = clock.sleep(10, { signal: controller.signal })
    controller.abort('the caller left')
    await expect(sleeping).rejects.toBe('the caller left')
    expect(clock.waiting).toBe(0)
    await expect(clock.sleep(10, { signal: controller.signal })).rejects.toBe('the caller left')
  })

  it('does not wait for what is already over', async () => {
    const clock = fakeClock(7)
    await clock.sleep(0)
    await clock.sleep(-1)
    expect(clock.now()).toBe(7)
  })

  it('never wakes one that sleeps for ever', async () => {
    const clock = fakeClock()
    void clock.sleep(Number.POSITIVE_INFINITY)
    await clock.advance('7d')
    expect(clock.waiting).toBe(1)
  })

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '1 second'])('does not move by %p', async by => {
    const refused = await fakeClock()
      .advance(by as never)
      .catch((error: unknown) => error)
    expect(isGreenlangError(refused, 'INVALID_OPTION')).toBe(true)
  })
})
