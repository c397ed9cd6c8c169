import type { CircuitState, Duration } from '@greenlang/core'
import { createGuard, type GuardOptions } from '@greenlang/resilience'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'

const never = () => new Promise<never>(() => undefined)
const broken = async (): Promise<never> => {
  throw new Error('broken')
}
const fine = async () => 'fine'

/** A guard whose changes of state can be waited for. */
function watchedGuard(options: GuardOptions = {}) {
  const states: CircuitState[] = []
  const waiters = new Set<() => void>()
  const onState = (state: CircuitState) => {
    states.push(state)
    for (const wake of waiters) wake()
  }
  const guard = createGuard({ openFor: 20, ...options, onState })
  const reached = async (state: CircuitState) => {
    while (guard.state !== state)
      await new Promise<void>(resolve => {
        waiters.add(resolve)
      })
  }
  return { guard, states, reached }
}

async function times(count: number, call: () => Promise<unknown>): Promise<unknown[]> {
  const outcomes: unknown[] = []
  for (let left = count; left > 0; left -= 1) outcomes.push(await call().catch((error: unknown) => error))
  return outcomes
}

describe('createGuard', () => {
  it('passes results and errors through', async () => {
    const { guard } = watchedGuard()
    expect(await guard.run(() => 'at once')).toBe('at once')
    expect(await guard.run(fine)).toBe('fine')
    await expect(guard.run(broken)).rejects.toThrow('broken')
    guard.close()
  })

  it('ends a hung operation at the deadline', async () => {
    const clock = fakeClock()
    const { guard } = watchedGuard({ name: 'tier "redis"', clock })
    const failure = guard.run(never).catch((error: unknown) => error)
    await clock.advance('250ms')
    expect(await failure).toMatchObject({ code: 'DEADLINE', subject: 'tier "redis"', limitMs: 250 })
    expect(clock.waiting).toBe(0)
    guard.close()
  })

  it('opens once enough of enough calls failed, and then refuses without asking', async () => {
    const { guard, states } = watchedGuard({ name: 'it', openFor: '1h' })
    await times(9, () => guard.run(broken))
    expect(guard.state).toBe('closed')
    await times(1, () => guard.run(broken))
    expect(states).toEqual(['open'])
    let asked = false
    const [refusal] = await times(1, () => guard.run(async () => (asked = true)))
    expect(refusal).toMatchObject({ code: 'CIRCUIT_OPEN', subject: 'it', openForMs: 3_600_000 })
    expect((refusal as Error).cause).toMatchObject({ message: 'broken' })
    expect(asked).toBe(false)
    guard.close()
  })

  it('does not open for 5 failures among 250 successes', async () => {
    const { guard, states } = watchedGuard()
    for (let round = 0; round < 5; round += 1) {
      await times(50, () => guard.run(fine))
      await times(1, () => guard.run(broken))
    }
    expect(states).toEqual([])
    guard.close()
  })

  it('forgets failures that are older than its window', async () => {
    const clock = fakeClock()
    const { guard, states } = watchedGuard({ clock })
    for (let round = 0; round < 5; round += 1) {
      await times(9, () => guard.run(broken))
      await clock.advance('10s')
    }
    expect(states).toEqual([])
    guard.close()
  })

  it('lets one probe through after openFor, and closes when it succeeds', async () => {
    const { guard, states, reached } = watchedGuard()
    await times(10, () => guard.run(broken))
    await reached('half-open')
    let finish: (value: string) => void = () => undefined
    const probe = guard.run(() => new Promise<string>(resolve => (finish = resolve)))
    await expect(guard.run(fine)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' })
    finish('alive')
    expect(await probe).toBe('alive')
    expect(states).toEqual(['open', 'half-open', 'closed'])
    // The failures before count no more: it takes as many again to open it.
    await times(9, () => guard.run(broken))
    expect(guard.state).toBe('closed')
    guard.close()
  })

  it('opens again when the probe hangs, and probes again: it never sticks', async () => {
    const { guard, states, reached } = watchedGuard({ deadline: 10 })
    await times(10, () => guard.run(broken))
    for (let round = 0; round < 3; round += 1) {
      await reached('half-open')
      await expect(guard.run(never)).rejects.toMatchObject({ code: 'DEADLINE' })
      expect(guard.state).toBe('open')
    }
    await reached('half-open')
    await guard.run(fine)
    expect(states.at(-1)).toBe('closed')
    guard.close()
  })

  it('does not stick when the caller of the probe leaves, nor learn anything from it', async () => {
    const { guard, reached } = watchedGuard({ deadline: 10 })
    await times(10, () => guard.run(broken))
    await reached('half-open')
    const controller = new AbortController()
    const probe = guard.run(never, controller.signal)
    controller.abort(new Error('left'))
    await expect(probe).rejects.toThrow('left')
    expect(guard.state).toBe('half-open')
    await reached('open')
    await reached('half-open')
    await guard.run(fine)
    expect(guard.state).toBe('closed')
    guard.close()
  })

  it('does not count callers that leave, nor errors that isFailure clears', async () => {
    const { guard, states } = watchedGuard({ isFailure: error => (error as Error).message !== 'OOM' })
    const signal = AbortSignal.abort(new Error('left'))
    await times(20, () => guard.run(fine, signal))
    await times(20, () => guard.run(() => Promise.reject(new Error('OOM'))))
    expect(states).toEqual([])
    guard.close()
  })

  it('does not count misuse by default', async () => {
    const { guard, states } = watchedGuard()
    const closed = createGuard({ name: 'other' })
    closed.close()
    await times(20, () => guard.run(() => closed.run(fine)))
    expect(states).toEqual([])
    guard.close()
  })

  it('settles every call though its callbacks throw', async () => {
    const callback = () => {
      throw new Error('callback')
    }
    const guard = createGuard({ openFor: 20, onState: callback, isFailure: callback })
    const outcomes = await times(12, () => guard.run(broken))
    expect(outcomes.map(error => (error as Error).message)).toContain('broken')
    expect(guard.state).toBe('open')
    guard.close()
  })

  it('drops what an asynchronous onState rejects with', async () => {
    const guard = createGuard({
      openFor: '1h',
      onState: (async () => Promise.reject(new Error('callback'))) as never,
    })
    const unhandled: unknown[] = []
    const listener = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', listener)
    await times(10, () => guard.run(broken))
    await new Promise(resolve => setImmediate(resolve))
    process.off('unhandledRejection', listener)
    expect(guard.state).toBe('open')
    expect(unhandled).toEqual([])
    guard.close()
  })

  it('rejects with ClosedError after close, and stays closed when a late failure comes in', async () => {
    const { guard, states } = watchedGuard({ name: 'it' })
    let fail: (error: Error) => void = () => undefined
    const pending = guard.run(() => new Promise<never>((_, reject) => (fail = reject)))
    guard.close()
    guard.close()
    fail(new Error('late'))
    await expect(pending).rejects.toThrow('late')
    await expect(guard.run(fine)).rejects.toMatchObject({ code: 'CLOSED', subject: 'it' })
    expect(states).toEqual([])
  })

  it.each<[string, GuardOptions]>([
    ['name', { name: '' }],
    ['deadline', { deadline: 0 }],
    ['deadline', { deadline: Number.POSITIVE_INFINITY }],
    ['deadline', { deadline: '5 minutes' as Duration }],
    ['failureRatio', { failureRatio: 50 }],
    ['failureRatio', { failureRatio: Number.NaN }],
    ['volumeThreshold', { volumeThreshold: 9 }],
    ['volumeThreshold', { volumeThreshold: 10.5 }],
    ['openFor', { openFor: '25h' }],
    ['openFor', { openFor: 0 }],
    ['onState', { onState: 'log' as never }],
    ['isFailure', { isFailure: true as never }],
    ['clock', { clock: {} as never }],
    ['createGuard.timeout', { timeout: 5 } as GuardOptions],
  ])('refuses a bad %s', (option, options) => {
    expect(() => createGuard(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }))
  })
})
