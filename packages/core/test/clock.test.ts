import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { systemClock } from '../src/index.ts'

afterEach(() => {
  jest.restoreAllMocks()
  jest.useRealTimers()
})

const block = (ms: number) => {
  for (const end = systemClock.now() + ms; systemClock.now() < end; );
}

describe('systemClock.now', () => {
  it('is the time since the epoch', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(5_000)
  })

  it('does not follow a jump of the wall clock, in either direction', () => {
    const before = systemClock.now()
    for (const jump of [-3_600_000, 3_600_000]) {
      jest.spyOn(Date, 'now').mockReturnValue(before + jump)
      expect(Math.abs(systemClock.now() - before)).toBeLessThan(60_000)
      expect(Math.abs(systemClock.turn() - before)).toBeLessThan(60_000)
    }
  })

  it('never goes back', () => {
    let last = systemClock.now()
    for (let reading = 0; reading < 100_000; reading += 1) {
      const now = systemClock.now()
      if (now < last) throw new Error(`went back from ${last} to ${now}`)
      last = now
    }
  })
})

describe('systemClock.turn', () => {
  const readOften = () => {
    for (let reading = 0; reading < 10_000; reading += 1) systemClock.turn()
    return systemClock.turn()
  }

  it('stands still within a turn once it has been read often there', async () => {
    const reading = readOften()
    block(5)
    expect(systemClock.turn()).toBe(reading)
    expect(systemClock.now() - reading >= 5).toBe(true)
  })

  it('never goes back, and gives up what it keeps when the turn ends', async () => {
    let latest = systemClock.turn()
    for (let turn = 0; turn < 50; turn += 1) {
      const readings = turn % 3 === 0 ? [readOften(), readOften()] : [systemClock.turn(), systemClock.turn()]
      for (const reading of readings) {
        if (reading < latest) throw new Error(`went back from ${latest} to ${reading}`)
        latest = reading
      }
      const ended = systemClock.now()
      await setImmediate()
      expect(systemClock.turn() >= ended).toBe(true)
    }
  })

  it('is read again in the next turn', async () => {
    const first = systemClock.turn()
    block(5)
    await setImmediate()
    expect(systemClock.turn() - first >= 5).toBe(true)
  })

  it('is never older than the callback it is read in, in whichever phase of the loop', async () => {
    const ages: number[] = []
    const look = () => {
      const began = systemClock.now()
      ages.push(began - systemClock.turn(), began - readOften())
      block(2)
    }
    // Each reads the clock and dawdles, so that a reading that outlives its turn is seen by the next to come.
    const inTurn = (begin: (callback: () => void) => unknown, next?: () => Promise<unknown>) =>
      new Promise<void>(resolve =>
        begin(() => {
          const following = next?.()
          look()
          resolve(following?.then(() => undefined))
        }),
      )
    const inCheck = () => inTurn(globalThis.setImmediate)
    const inTimers = () => inTurn(globalThis.setTimeout)
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([inCheck(), inTurn(globalThis.setImmediate, inCheck), inTimers(), inTimers()])
      await setImmediate()
      look()
    }
    expect(ages.length).toBe(60)
    expect(ages.filter(age => age > 1)).toEqual([])
  })
})

describe('systemClock.sleep', () => {
  it('ends no sooner than asked', async () => {
    const start = systemClock.now()
    const sleeping = systemClock.sleep(20)
    await sleeping
    expect(systemClock.now() - start >= 19).toBe(true)
  })

  it('rejects at once with the reason of an aborted signal', async () => {
    await expect(systemClock.sleep(60_000, { signal: AbortSignal.abort('left') })).rejects.toBe('left')
  })

  it('rejects with the reason when the signal aborts, and leaves no timer behind', async () => {
    const timers = () => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length
    const before = timers()
    const controller = new AbortController()
    const sleeping = systemClock.sleep(60_000, { signal: controller.signal })
    expect(timers()).toBe(before + 1)
    controller.abort('left')
    await expect(sleeping).rejects.toBe('left')
    expect(timers()).toBe(before)
  })

  it('does not keep the process alive unless asked to', async () => {
    const timers = () => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length
    const before = timers()
    const controller = new AbortController()
    const sleeping = systemClock.sleep(60_000, { ref: false, signal: controller.signal })
    expect(timers()).toBe(before)
    controller.abort('done')
    await expect(sleeping).rejects.toBe('done')
  })

  it('sleeps longer than one timer can', async () => {
    jest.useFakeTimers()
    const days = 60 * 24 * 3_600_000
    let awake = false
    const sleeping = systemClock.sleep(days).then(() => {
      awake = true
    })
    await jest.advanceTimersByTimeAsync(days - 1)
    expect(awake).toBe(false)
    await jest.advanceTimersByTimeAsync(1)
    await sleeping
    expect(awake).toBe(true)
  })

  it('can sleep for ever', async () => {
    jest.useFakeTimers()
    const controller = new AbortController()
    const sleeping = systemClock.sleep(Number.POSITIVE_INFINITY, { signal: controller.signal })
    await jest.advanceTimersByTimeAsync(100 * 24 * 3_600_000)
    controller.abort('enough')
    await expect(sleeping).rejects.toBe('enough')
  })
})
