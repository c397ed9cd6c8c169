import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { Alarm } from '../../src/coherence/alarm.ts'
import { ManualClock } from '../support/manual-clock.ts'

function openAlarm() {
  const clock = new ManualClock()
  const begun = clock.now()
  const rung: string[] = []
  const alarm = new Alarm(clock)
  const ringAt = (name: string, limitMs: number, from = begun) =>
    alarm.after(from, limitMs, () => rung.push(`${name} ${clock.now() - begun}`))
  /** And what has arrived with it comes first. */
  const pass = async (ms: number) => {
    await clock.advance(ms)
    await setImmediate()
    await setImmediate()
  }
  return { alarm, clock, pass, rung, ringAt }
}

describe('an alarm', () => {
  it('rings each at its own time, whatever the order they came in', async () => {
    const { clock, pass, rung, ringAt } = openAlarm()
    ringAt('a', 30)
    ringAt('b', 10)
    ringAt('c', 30, clock.now() - 5)
    ringAt('d', 20)
    for (let step = 0; step < 6; step += 1) await pass(5)
    expect(rung).toEqual(['b 10', 'd 20', 'c 25', 'a 30'])
  })

  it('rings at once what is past', () => {
    const { rung, ringAt, clock } = openAlarm()
    ringAt('late', 10, clock.now() - 20)
    expect(rung).toEqual(['late 0'])
  })

  it('does not ring who went away', async () => {
    const { alarm, pass, rung, ringAt } = openAlarm()
    alarm.cancel(ringAt('gone', 10))
    ringAt('stays', 20)
    await pass(20)
    await pass(100)
    expect(rung).toEqual(['stays 20'])
  })

  it('has one timer for a thousand, and none once all have gone', async () => {
    const { alarm, clock, pass, ringAt } = openAlarm()
    const bells = Array.from({ length: 1_000 }, (_, n) => ringAt(`${n}`, 50, clock.now() + (n % 7)))
    expect(clock.sleepers.size).toBe(1)
    for (const bell of bells) alarm.cancel(bell)
    await pass(0)
    expect(clock.sleepers.size).toBe(0)
  })

  it('goes on with the rest where one whose turn it was rings another away', async () => {
    const { alarm, clock, pass, rung, ringAt } = openAlarm()
    const begun = clock.now()
    alarm.after(begun, 10, () => alarm.cancel(second))
    const second = ringAt('second', 10)
    ringAt('third', 10)
    await pass(10)
    expect(rung).toEqual(['third 10'])
  })
})
