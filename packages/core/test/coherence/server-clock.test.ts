import { describe, expect, it } from '@jest/globals'
import { createServerClock } from '../../src/coherence/index.ts'
import { randomIntegers, seed } from '../support/seeded.ts'

describe('createServerClock', () => {
  it('says nothing before the first sample', () => {
    const clock = createServerClock()
    expect([clock.toServer(1_000), clock.fromServer(1_000)]).toEqual([undefined, undefined])
  })

  it('subtracts half of the round trip, in either direction', () => {
    const clock = createServerClock()
    // By the clock here the answer was made at 1020, give or take 20: the server is 4960 to 5000 ahead.
    clock.sample(1_000, 1_040, 6_000)
    expect([clock.toServer(2_000), clock.fromServer(7_000)]).toEqual([6_960, 2_000])
  })

  it('is exact where an exchange took no time', () => {
    const clock = createServerClock()
    clock.sample(1_000, 1_000, 400)
    expect([clock.toServer(2_000), clock.fromServer(1_400)]).toEqual([1_400, 2_000])
  })

  it('goes by the fastest exchange of the last sixteen, the later of two as fast', () => {
    const clock = createServerClock()
    clock.sample(1_000, 1_010, 2_005)
    for (let index = 0; index < 15; index += 1) clock.sample(1_000, 1_100, 9_050)
    expect(clock.toServer(0)).toBe(995)
    clock.sample(1_000, 1_100, 3_050)
    expect(clock.toServer(0)).toBe(1_950)
  })

  it(`never gives a date that is later than it is, nor one earlier than the round trip (SEED=${seed})`, () => {
    const random = randomIntegers()
    for (let round = 0; round < 200; round += 1) {
      const clock = createServerClock()
      const ahead = random(20_000) - 10_000
      let fastest = Number.POSITIVE_INFINITY
      for (let sample = 0; sample < 10; sample += 1) {
        const [there, back] = [random(50), random(50)]
        const sentAt = 100_000 + random(1_000)
        clock.sample(sentAt, sentAt + there + back, sentAt + there + ahead)
        fastest = Math.min(fastest, there + back)
      }
      const errors = [
        ahead + 5_000 - (clock.toServer(5_000) ?? Number.NaN),
        5_000 - ahead - (clock.fromServer(5_000) ?? Number.NaN),
      ]
      const within = errors.map(error => error >= 0 && error <= fastest)
      expect({ round, errors, within }).toEqual({ round, errors, within: [true, true] })
    }
  })
})
