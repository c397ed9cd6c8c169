import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { type BusSessionOptions, busSession } from '../../src/coherence/index.ts'
import {
  type BusEvent,
  contractOf,
  type Frame,
  type InvalidationBus,
  isGreenlangError,
  noStamp,
  type Rule,
} from '../../src/index.ts'
import { HandWire, someKeys } from '../support/hand-wire.ts'
import { ManualClock } from '../support/manual-clock.ts'

const open: InvalidationBus[] = []
afterEach(async () => {
  for (const bus of open.splice(0)) await bus.close()
})

const never = Number.NEGATIVE_INFINITY

/** A session whose first beat was just sent, over a record that is at number 5. */
function newSession(options: Partial<BusSessionOptions> = {}, sequence = 5) {
  const [wire, clock] = [new HandWire(), new ManualClock()]
  wire.sequence = sequence
  let ids = 0
  const bus = busSession({ wire, clock, randomId: () => `id ${ids++}`, ...options })
  open.push(bus)
  const frames: Frame[] = []
  const events: BusEvent[] = []
  bus.watch(event => events.push(event))
  bus.subscribe(frame => frames.push(frame))
  const heard = () => frames.map(({ stamp }) => stamp.sequence)
  return { wire, clock, bus, frames, events, heard }
}

/** The same, once that beat was answered and heard. */
async function beatenSession(options: Partial<BusSessionOptions> = {}, sequence = 5) {
  const session = newSession(options, sequence)
  await setImmediate()
  session.wire.bringBeat()
  session.events.length = 0
  return session
}

describe('the beats of a bus session', () => {
  it('are sent at once and each quarter of the lease, until the bus is closed', async () => {
    const { wire, clock, bus } = newSession({ leaseMs: 400 })
    expect(wire.beats).toEqual([1_000])
    await clock.advance(299)
    expect(wire.beats).toEqual([1_000, 1_100, 1_200])
    await clock.advance(1)
    expect(wire.beats.at(-1)).toBe(1_300)
    await bus.close()
    expect(clock.sleepers.size).toBe(0)
    await clock.advance(10_000)
    expect(wire.beats.length).toBe(4)
  })

  it('go four times a second by default, for a lease of one', async () => {
    const { wire, clock, bus } = await beatenSession()
    await clock.advance(1_000)
    expect([wire.beats.length, bus.sync().leaseMs]).toEqual([5, 1_000])
  })

  it('prove nothing by their answer, only as they come, and only up to when they were sent', async () => {
    const { wire, clock, bus } = newSession()
    expect(bus.sync()).toEqual({ trustedSince: never, known: noStamp, applied: noStamp, leaseMs: 1_000 })
    await setImmediate()
    expect(bus.sync()).toMatchObject({ trustedSince: never, known: wire.stamp(5), applied: wire.stamp(5) })
    await clock.advance(100)
    wire.bringBeat()
    expect(bus.sync().trustedSince).toBe(1_000)
  })

  it('never take trust back, whatever order they come in', async () => {
    const { wire, clock, bus } = await beatenSession()
    await clock.advance(250)
    wire.bringBeat()
    wire.receiver?.beat(1_000, wire.stamp())
    expect(bus.sync().trustedSince).toBe(1_250)
  })

  it('go on where nobody answers, and prove nothing then', async () => {
    const { wire, clock, bus } = await beatenSession()
    wire.down = true
    await clock.advance(500)
    expect([wire.beats.length, bus.sync().trustedSince]).toEqual([3, 1_000])
  })

  it('say where this process stands, and offer a new history each time', async () => {
    const { wire, clock } = await beatenSession()
    await clock.advance(250)
    const [first, second] = wire.standings
    expect(first).toEqual({ known: noStamp, left: [], origin: 'id 0/', candidate: 'id 1' })
    expect(second).toEqual({ known: wire.stamp(5), left: [], origin: 'id 0/', candidate: 'id 2' })
  })

  it('with a higher number start a replay, and give trust once it is done', async () => {
    const { wire, clock, bus, heard, events } = await beatenSession()
    wire.count()
    wire.count()
    await clock.advance(250)
    let openGate = () => {}
    wire.gate = new Promise(resolve => {
      openGate = resolve
    })
    wire.bringBeat()
    await setImmediate()
    expect(wire.replays).toEqual([wire.stamp(5)])
    expect(bus.sync()).toMatchObject({ trustedSince: 1_000, applied: wire.stamp(5), known: wire.stamp(7) })
    openGate()
    await setImmediate()
    expect(heard()).toEqual([6, 7])
    expect(bus.sync()).toMatchObject({ trustedSince: 1_250, applied: wire.stamp(7), known: wire.stamp(7) })
    expect(events).toEqual([])
  })

  it('are not trusted by a replay that did not come as far as they', async () => {
    const { wire, bus } = await beatenSession()
    wire.count()
    wire.receiver?.beat(1_010, wire.stamp(8))
    await setImmediate()
    expect(bus.sync()).toMatchObject({ trustedSince: 1_000, applied: wire.stamp(6) })
  })

  it('ask for the replay again where the last one was not answered', async () => {
    const { wire, clock, bus, heard } = await beatenSession()
    wire.count()
    wire.down = true
    wire.bringBeat()
    await setImmediate()
    expect([wire.replays.length, heard(), bus.sync().trustedSince]).toEqual([1, [], 1_000])
    wire.down = false
    await clock.advance(250)
    wire.bringBeat()
    await setImmediate()
    expect([wire.replays.length, heard(), bus.sync().trustedSince]).toEqual([2, [6], 1_250])
  })
})

describe('the frames of a bus session', () => {
  it('are handed on in order, once, and marked if they are own', async () => {
    const { wire, bus, frames } = await beatenSession()
    await bus.publish({ mode: 'delete', keys: ['mine'] })
    wire.count({ mode: 'invalidate', tags: ['theirs'] })
    for (const sequence of [6, 7, 6, 7]) wire.bring(sequence)
    expect(frames).toEqual([
      { stamp: wire.stamp(6), invalidation: { mode: 'delete', keys: ['mine'] }, own: true },
      { stamp: wire.stamp(7), invalidation: { mode: 'invalidate', tags: ['theirs'] }, own: false },
    ])
    expect(bus.sync().applied).toEqual(wire.stamp(7))
    expect(wire.replays).toEqual([])
  })

  it('are marked own in a replay as well', async () => {
    const { wire, bus, frames } = await beatenSession()
    await bus.publish(someKeys)
    wire.count()
    wire.bringBeat()
    await setImmediate()
    expect(frames.map(({ stamp, own }) => [stamp.sequence, own])).toEqual([
      [6, true],
      [7, false],
    ])
  })

  it('have those replayed that are missing before them', async () => {
    const { wire, bus, heard, events } = await beatenSession()
    for (let each = 0; each < 3; each += 1) wire.count()
    wire.bring(8)
    expect([heard(), bus.sync().applied]).toEqual([[8], wire.stamp(5)])
    await setImmediate()
    expect(wire.replays).toEqual([wire.stamp(5)])
    expect(heard()).toEqual([8, 6, 7])
    expect(bus.sync().applied).toEqual(wire.stamp(8))
    expect(events).toEqual([])
  })

  it('are counted where they come while others are replayed', async () => {
    const { wire, clock, bus, heard } = await beatenSession()
    let openGate = () => {}
    wire.gate = new Promise(resolve => {
      openGate = resolve
    })
    for (let each = 0; each < 3; each += 1) wire.count()
    for (const sequence of [8, 7]) wire.bring(sequence)
    expect([wire.replays.length, bus.sync().applied]).toEqual([1, wire.stamp(5)])
    openGate()
    await setImmediate()
    wire.count()
    wire.bring(9)
    await clock.advance(250)
    wire.bringBeat()
    await setImmediate()
    expect(heard()).toEqual([8, 7, 6, 9])
    expect(bus.sync()).toMatchObject({ applied: wire.stamp(9), trustedSince: 1_250 })
  })

  it('are handed on once, whether they came before the replay, during it or after', async () => {
    const { wire, clock, bus, heard } = await beatenSession()
    let openGate = () => {}
    wire.gate = new Promise(resolve => {
      openGate = resolve
    })
    for (let each = 0; each < 5; each += 1) wire.count()
    for (const sequence of [8, 10, 7]) wire.bring(sequence)
    openGate()
    await setImmediate()
    for (const sequence of [6, 7, 8, 9, 10]) wire.bring(sequence)
    await clock.advance(250)
    wire.bringBeat()
    await setImmediate()
    expect(heard()).toEqual([8, 10, 7, 6, 9])
    expect(bus.sync()).toMatchObject({ applied: wire.stamp(10), trustedSince: 1_250 })
  })

  it('reach every subscriber, whoever throws or leaves', async () => {
    const { wire, bus, heard } = await beatenSession()
    const left = jest.fn()
    const leave = bus.subscribe(left)
    bus.subscribe(() => {
      throw new Error('a subscriber that throws')
    })
    const last = jest.fn()
    bus.subscribe(last)
    wire.count()
    wire.bring()
    leave()
    leave()
    wire.count()
    wire.bring()
    expect([heard(), left.mock.calls.length, last.mock.calls.length]).toEqual([[6, 7], 1, 2])
  })
})

describe('who subscribes to a bus session while a frame is delivered', () => {
  it('hears the next one first', async () => {
    const { wire, bus } = await beatenSession()
    const late: number[] = []
    const leave = bus.subscribe(() => {
      leave()
      bus.subscribe(({ stamp }) => late.push(stamp.sequence))
    })
    for (const _ of [6, 7]) {
      wire.count()
      wire.bring()
    }
    expect(late).toEqual([7])
  })
})

describe('a bus session without one of its guards', () => {
  it('misses what was lost where it does not mind gaps', async () => {
    const guards = { mindsGaps: false, beatsCarrySequence: true }
    const { wire, clock, bus, heard } = await beatenSession({ guards })
    wire.count()
    wire.count()
    wire.bring(7)
    await clock.advance(250)
    wire.bringBeat()
    expect([heard(), wire.replays, bus.sync().trustedSince]).toEqual([[7], [], 1_250])
  })

  it('trusts a beat that frames are missing before where it takes it for an echo', async () => {
    const guards = { mindsGaps: true, beatsCarrySequence: false }
    const { wire, clock, bus, heard } = await beatenSession({ guards })
    wire.count()
    await clock.advance(250)
    wire.bringBeat()
    expect([heard(), wire.replays, bus.sync().trustedSince]).toEqual([[], [], 1_250])
  })
})

describe('what befalls a bus session', () => {
  it('is "lost" where the missing frames cannot be had, and trust comes back by the next beat', async () => {
    const { wire, clock, bus, heard, events } = await beatenSession()
    wire.count()
    wire.count()
    wire.trimmed = 6
    wire.bring(7)
    await setImmediate()
    expect([events, heard()]).toEqual([['lost'], [7]])
    expect(bus.sync()).toMatchObject({ trustedSince: never, applied: wire.stamp(7), known: wire.stamp(7) })
    await clock.advance(250)
    wire.bringBeat()
    expect(bus.sync().trustedSince).toBe(1_250)
    expect(events).toEqual(['lost'])
  })

  it('is "lost", and no trust by the beat that showed it, then or later', async () => {
    const { wire, clock, bus, events, heard } = await beatenSession()
    await clock.advance(250)
    wire.count()
    wire.trimmed = 6
    wire.bringBeat()
    await setImmediate()
    expect([events, bus.sync().trustedSince]).toEqual([['lost'], never])
    wire.count()
    wire.count()
    wire.bring(8)
    await setImmediate()
    expect([heard().includes(7), bus.sync().applied, bus.sync().trustedSince]).toEqual([
      true,
      wire.stamp(8),
      never,
    ])
  })

  it.each<[string, (session: Awaited<ReturnType<typeof beatenSession>>) => unknown]>([
    ['a frame', ({ wire }) => wire.bring()],
    ['a beat', ({ wire }) => wire.receiver?.beat(1_000, wire.stamp())],
    ['the answer to a beat', ({ clock }) => clock.advance(250)],
    ['the answer of the record', ({ bus }) => bus.rules(noStamp)],
  ])('is "lost" and "undone" where another history is told by %s', async (_, tell) => {
    const session = await beatenSession()
    const { wire, bus, events } = session
    wire.forget('next')
    wire.count()
    await tell(session)
    expect(events).toEqual(['lost', 'undone'])
    expect(bus.sync()).toMatchObject({ applied: wire.stamp(1), known: wire.stamp(1) })
    wire.receiver?.beat(1_200, { history: 'h', sequence: 99 })
    wire.receiver?.frame({ stamp: { history: 'h', sequence: 6 }, invalidation: someKeys, origin: 'late' })
    expect([events.length, bus.sync().applied]).toEqual([2, wire.stamp(1)])
  })

  it('takes trust away with a history, until a beat of the next one', async () => {
    const { wire, clock, bus } = await beatenSession()
    wire.forget('next')
    wire.count()
    wire.bring()
    expect(bus.sync().trustedSince).toBe(never)
    wire.receiver?.beat(1_000, { history: 'h', sequence: 5 })
    expect(bus.sync().trustedSince).toBe(never)
    await clock.advance(250)
    wire.bringBeat()
    expect(bus.sync().trustedSince).toBe(1_250)
    expect(wire.standings.at(-1)?.left).toEqual(['h'])
  })

  it('is "lost", not "undone", in the first history it hears of', async () => {
    const { events } = newSession()
    await setImmediate()
    expect(events).toEqual(['lost'])
  })

  it('is "undone" with a new connection', async () => {
    const { wire, bus, events } = await beatenSession()
    wire.receiver?.connected()
    expect([events, bus.sync().trustedSince]).toEqual([['undone'], 1_000])
  })

  it('is told to every watcher, whoever throws or leaves', async () => {
    const { wire, bus, events } = await beatenSession()
    const left = jest.fn()
    bus.watch(left)()
    bus.watch(() => {
      throw new Error('a watcher that throws')
    })
    const last = jest.fn()
    bus.watch(last)
    wire.receiver?.connected()
    expect([events, left.mock.calls.length, last.mock.calls.length]).toEqual([['undone'], 0, 1])
  })
})

describe('resume of a bus session', () => {
  it('has what came after the stamp replayed, and gives no trust meanwhile', async () => {
    const { wire, clock, bus, heard, events } = await beatenSession({}, 0)
    for (let each = 0; each < 4; each += 1) wire.count()
    for (const sequence of [1, 2, 3, 4]) wire.bring(sequence)
    bus.resume(wire.stamp(2))
    expect(bus.sync()).toMatchObject({ trustedSince: never, applied: wire.stamp(2), known: wire.stamp(4) })
    await clock.advance(250)
    expect([heard(), events, bus.sync().applied]).toEqual([[1, 2, 3, 4, 3, 4], [], wire.stamp(4)])
    wire.bringBeat()
    expect(bus.sync().trustedSince).toBe(1_250)
  })

  it('says that what was trimmed is lost', async () => {
    const { wire, bus, events } = await beatenSession()
    wire.trimmed = 5
    bus.resume(wire.stamp(2))
    await setImmediate()
    expect([events, bus.sync().applied]).toEqual([['lost'], wire.stamp(5)])
  })

  it('says that another history is lost', async () => {
    const { wire, bus, events } = await beatenSession()
    bus.resume({ history: 'earlier', sequence: 9 })
    await setImmediate()
    expect([events.includes('lost'), bus.sync().applied]).toEqual([true, wire.stamp(5)])
  })

  it('may be the first thing of all', async () => {
    const { wire, bus, heard, events } = newSession({}, 0)
    for (let each = 0; each < 3; each += 1) wire.count()
    bus.resume(wire.stamp(1))
    await setImmediate()
    expect([heard(), events, bus.sync().applied]).toEqual([[2, 3], [], wire.stamp(3)])
  })
})

describe('the options of a bus session', () => {
  it.each<[string, Record<string, unknown>]>([
    ['leaseMs', { leaseMs: 3 }],
    ['leaseMs', { leaseMs: 3_600_001 }],
    ['leaseMs', { leaseMs: Number.NaN }],
    ['leaseMs', { leaseMs: '1000' }],
    ['randomId', { randomId: 'id' }],
    ['randomId', { randomId: undefined }],
  ])('are checked before the wire is opened: %s of %j', (option, bad) => {
    const wire = new HandWire()
    const options = { wire, clock: new ManualClock(), randomId: () => 'id', ...bad }
    expect(() => busSession(options as BusSessionOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    )
    expect([wire.receiver, wire.beats]).toEqual([undefined, []])
  })

  it.each([4, 3_600_000])('allow a lease of %i ms', leaseMs => {
    expect(newSession({ leaseMs }).bus.sync().leaseMs).toBe(leaseMs)
  })
})

describe('the calls of a bus session', () => {
  it('publish where the record answers', async () => {
    const { wire, bus } = await beatenSession()
    expect(await bus.publish(someKeys)).toEqual({ stamp: wire.stamp(6), propagated: true })
    expect(bus.sync()).toMatchObject({ known: wire.stamp(6), applied: wire.stamp(5) })
    expect(wire.stream.map(({ invalidation, origin }) => [invalidation, origin])).toEqual([
      [someKeys, 'id 0/'],
    ])
  })

  it('publish only once a first number was heard: no own frame passes for one of before', async () => {
    const { wire, bus, frames } = newSession()
    const calls: string[] = []
    const { beat, record } = wire
    wire.beat = (...args) => {
      calls.push('beat')
      return beat.apply(wire, args)
    }
    wire.record = (...args) => {
      calls.push('record')
      return record.apply(wire, args)
    }
    expect(await bus.publish(someKeys)).toEqual({ stamp: wire.stamp(6), propagated: true })
    expect(calls).toEqual(['beat', 'record'])
    expect(bus.sync()).toMatchObject({ applied: wire.stamp(5), known: wire.stamp(6) })
    wire.bring()
    expect(frames).toMatchObject([{ stamp: wire.stamp(6), own: true }])
    await bus.publish(someKeys)
    expect(calls).toEqual(['beat', 'record', 'record'])
  })

  it('say that nothing was propagated where it does not', async () => {
    const { wire, bus, events } = await beatenSession()
    wire.down = true
    expect(await bus.publish(someKeys)).toEqual({ propagated: false })
    expect([events, bus.sync().known]).toEqual([[], wire.stamp(5)])
  })

  it('ask the record for its rules, and learn how far it is', async () => {
    const { wire, bus } = await beatenSession()
    wire.count()
    const ask = jest.spyOn(wire, 'rules')
    expect((await bus.rules(wire.stamp(3), ['a'])).known).toEqual(wire.stamp(6))
    await bus.rules(noStamp)
    expect(ask.mock.calls.map(([, since, tags]) => [since, tags])).toEqual([
      [wire.stamp(3), ['a']],
      [noStamp, []],
    ])
    expect(bus.sync()).toMatchObject({ known: wire.stamp(6), applied: wire.stamp(5) })
  })

  it('hand a retired rule on as it is', async () => {
    const { wire, bus } = await beatenSession()
    const rule: Rule = { stamp: wire.stamp(5), mode: 'delete', target: { pattern: 'a:*' } }
    await bus.retire(rule)
    expect(wire.retired).toEqual([rule])
  })

  it('reject where the record does not answer a question', async () => {
    const { wire, bus } = await beatenSession()
    wire.down = true
    await expect(bus.rules(noStamp)).rejects.toThrow('no answer')
    const rule: Rule = { stamp: noStamp, mode: 'delete', target: { all: true } }
    await expect(bus.retire(rule)).rejects.toThrow('no answer')
  })

  it('answer for the package that is named', async () => {
    const contract = contractOf('@greenlang/invalidation')
    expect((await beatenSession({ contract })).bus.contract).toBe(contract)
    expect((await beatenSession()).bus.contract).toEqual(contractOf('@greenlang/core'))
  })

  it('fail after close, which closes the wire once', async () => {
    const { wire, bus } = await beatenSession()
    await Promise.all([bus.close(), bus.close()])
    await bus[Symbol.asyncDispose]()
    expect(wire.closed).toBe(1)
    const rule: Rule = { stamp: noStamp, mode: 'delete', target: { all: true } }
    const calls: Readonly<Record<string, () => unknown>> = {
      publish: () => bus.publish(someKeys),
      subscribe: () => bus.subscribe(() => {}),
      watch: () => bus.watch(() => {}),
      sync: () => bus.sync(),
      resume: () => bus.resume(noStamp),
      rules: () => bus.rules(noStamp),
      retire: () => bus.retire(rule),
    }
    for (const [name, call] of Object.entries(calls)) {
      const error = await Promise.resolve()
        .then(call)
        .catch(thrown => thrown)
      expect({ name, closed: isGreenlangError(error, 'CLOSED') }).toEqual({ name, closed: true })
    }
  })

  it('tell nobody anything after close, and let listeners leave', async () => {
    const { wire, bus, frames, events } = await beatenSession()
    const leave = [bus.subscribe(() => {}), bus.watch(() => {})]
    await bus.close()
    wire.count()
    wire.bring()
    wire.receiver?.connected()
    for (const each of leave) each()
    expect([frames, events]).toEqual([[], []])
  })
})
