import { type Clock, systemClock } from '@greenlang/core'
import { createGuard } from '@greenlang/resilience'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'

const never = () => new Promise<never>(() => undefined)

/** The real clock, counting the sleeps that have begun. */
function countingClock() {
  const counts = { sleeps: 0 }
  const clock: Clock = {
    now: () => systemClock.now(),
    turn: () => systemClock.turn(),
    sleep: (ms, options) => {
      counts.sleeps += 1
      return systemClock.sleep(ms, options)
    },
  }
  return { clock, counts }
}

describe('the deadlines of a guard', () => {
  it('end each hung operation at its own, and no other', async () => {
    const clock = fakeClock()
    const guard = createGuard({ clock, failureRatio: 1 })
    const ended: number[] = []
    let finish: (value: number) => void = () => undefined
    const hang = (number: number) => guard.run(never).catch(() => ended.push(number))
    const first = hang(1)
    await clock.advance(100)
    const second = guard.run(() => new Promise<number>(resolve => (finish = resolve)))
    const third = hang(3)
    await clock.advance(150)
    await first
    expect(ended).toEqual([1])
    finish(2)
    expect(await second).toBe(2)
    await clock.advance(99)
    expect(ended).toEqual([1])
    await clock.advance(1)
    await third
    expect(ended).toEqual([1, 3])
    expect(clock.waiting).toBe(0)
    guard.close()
  })

  it('forget an operation that throws at once', async () => {
    const clock = fakeClock()
    const guard = createGuard({ clock })
    const thrower = () => {
      throw new Error('broken')
    }
    await expect(guard.run(thrower)).rejects.toThrow('broken')
    await clock.advance(50)
    expect(clock.waiting).toBe(0)
    guard.close()
  })

  it('share one sleep, however many operations there are', async () => {
    const { clock, counts } = countingClock()
    const guard = createGuard({ clock, deadline: '1m' })
    const soon = () => new Promise<void>(resolve => setImmediate(resolve))
    await Promise.all(Array.from({ length: 1_000 }, () => guard.run(soon)))
    for (let left = 100; left > 0; left -= 1) await guard.run(async () => left)
    // One for each slice of 50 ms that this took, on however busy a machine.
    expect(counts.sleeps).toBeLessThan(100)
    guard.close()
  })

  it('give a signal to an operation that takes one, and abort it', async () => {
    const clock = fakeClock()
    const guard = createGuard({ clock })
    let seen: AbortSignal | undefined
    const failure = guard.run(signal => {
      seen = signal
      return never()
    })
    const outcome = failure.catch((error: unknown) => error)
    await clock.advance(250)
    const error = await outcome
    expect(seen?.reason).toBe(error)
    guard.close()
  })
})
