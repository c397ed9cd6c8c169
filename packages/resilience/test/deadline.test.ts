import { getEventListeners, once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { withDeadline } from '@greenlang/resilience'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'

const never = () => new Promise<never>(() => undefined)

describe('withDeadline', () => {
  it('returns what the operation returns, at once or later, and leaves no timer', async () => {
    const clock = fakeClock()
    expect(await withDeadline('it', 250, () => 1, { clock })).toBe(1)
    expect(await withDeadline('it', 250, async () => 2, { clock })).toBe(2)
    expect(clock.waiting).toBe(0)
  })

  it('rejects with DeadlineError at the limit and aborts the signal of the operation', async () => {
    const clock = fakeClock()
    let seen: AbortSignal | undefined
    const outcome = withDeadline(
      'tier "slow"',
      250,
      signal => {
        seen = signal
        return never()
      },
      { clock },
    )
    const failure = outcome.catch((error: unknown) => error)
    await clock.advance(249)
    expect(seen?.aborted).toBe(false)
    await clock.advance(1)
    const error = await failure
    expect(error).toMatchObject({ code: 'DEADLINE', subject: 'tier "slow"', limitMs: 250 })
    expect(seen?.reason).toBe(error)
    expect(clock.waiting).toBe(0)
  })

  it('drops the late failure of an operation it gave up on', async () => {
    const unhandled: unknown[] = []
    const onUnhandled = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', onUnhandled)
    const clock = fakeClock()
    let fail: (error: Error) => void = () => undefined
    const operation = () => new Promise<never>((_, reject) => (fail = reject))
    const failure = withDeadline('it', 10, operation, { clock }).catch((error: unknown) => error)
    await clock.advance(10)
    expect(await failure).toMatchObject({ code: 'DEADLINE' })
    fail(new Error('late'))
    await new Promise(resolve => setImmediate(resolve))
    process.off('unhandledRejection', onUnhandled)
    expect(unhandled).toEqual([])
  })

  it('passes the failure of the operation on, also one thrown at once', async () => {
    const error = new Error('broken')
    const thrower = () => {
      throw error
    }
    await expect(withDeadline('it', 10, thrower)).rejects.toBe(error)
    await expect(withDeadline('it', 10, () => Promise.reject(error))).rejects.toBe(error)
  })

  it('frees the caller whose own signal aborts, and stops listening to it in any case', async () => {
    const controller = new AbortController()
    const { signal } = controller
    await withDeadline('it', 10, () => 1, { signal })
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    const clock = fakeClock()
    let seen: AbortSignal | undefined
    const operation = (inner: AbortSignal) => {
      seen = inner
      return never()
    }
    const outcome = withDeadline('it', 10, operation, { clock, signal })
    const reason = new Error('left')
    controller.abort(reason)
    await expect(outcome).rejects.toBe(reason)
    expect([seen?.reason, getEventListeners(signal, 'abort').length, clock.waiting]).toEqual([reason, 0, 0])
    await expect(withDeadline('it', 10, () => 1, { signal })).rejects.toBe(reason)
  })

  it('never ends by itself when the limit is Infinity', async () => {
    const clock = fakeClock()
    expect(await withDeadline('it', Number.POSITIVE_INFINITY, async () => 1, { clock })).toBe(1)
    expect(clock.waiting).toBe(0)
  })

  it.each([0, -1, Number.NaN])('refuses the limit %s', async limitMs => {
    await expect(withDeadline('it', limitMs, () => 1)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('does not take a stall of its own event loop for silence of the other side', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const [[other]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
      [Socket],
      unknown,
    ]
    other.on('error', () => undefined)
    const reply = withDeadline('it', 50, () => once(client, 'data'))
    other.write('reply')
    const end = performance.now() + 200
    while (performance.now() < end);
    try {
      expect(String(await reply)).toBe('reply')
    } finally {
      client.destroy()
      server.close()
    }
  })
})
